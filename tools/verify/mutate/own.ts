import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { relink } from '../../build/relink.ts';
import { fewAtATime } from '../../core/abreast.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, root } from '../../core/paths.ts';
import { isTest, proposalsOn } from '../../core/proposals.ts';
import { readRecord, writeRecord } from '../../core/record.ts';
import { remove } from '../../core/remove.ts';
import { say, step } from '../../core/report.ts';
import { inTemporary } from '../../core/temporary.ts';
import { landing } from '../../fork/apply.ts';
import { TASKS, testName } from '../test-runner.ts';
import { readAccepted } from './accepted.ts';
import { refuseToGoOn, whileChanged } from './changed.ts';
import { tryBuild } from './hooks.ts';
import { javascriptMutations } from './javascript.ts';
import { type Mutant, mutantsOf } from './mutation.ts';
import { likelyFirst, shuffled } from './order.ts';
import { type Reach, reaching, readReach } from './reach.ts';
import { firstFailure, type Program, runTrial, type Trial } from './trial.ts';

/** Which changes are tried. */
export interface Choice {
  /** What the paths of the files begin with, separated by commas: `lib`. */
  readonly own: string;
  readonly seed: number;
  readonly sample: number;
  /** After this time no more are begun. */
  readonly minutes: number;
}

/** What is known about a change. It holds as long as the tests that it rests on are the same. */
interface Finding {
  readonly change: string;
  /** The test that fails, START_UP, or null if nothing fails. */
  readonly by: string | null;
  readonly restsOn: string;
}

/** A change that was tried, and what failed. */
interface Tried {
  readonly mutant: Mutant;
  readonly by: string | null;
}

/** What catches a change with which Node does not start. */
const START_UP = 'start-up';

/** The share of the changes that must be caught. */
const AIM = 0.9;

/** How long a test may take without a change, in milliseconds. */
const PATIENCE = 120_000;

/** How long a test may take that took so long without a change: the machine may be busy. */
const limitFor = (took: number): number => 10_000 + 5 * took;

const hashOf = (parts: Iterable<string>): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

type Texts = ReadonlyMap<string, string>;

/** A line's own files in the fork tree, with their texts. */
async function textsOn(line: Line, which: (file: string) => boolean): Promise<Texts> {
  const files = proposalsOn(line).flatMap(({ owns }) => owns).filter(which).map(landing);
  const { tree } = linePaths(line.name);
  const read = async (file: string) => [file, await readFile(path.join(tree, file), 'utf8')] as const;
  return new Map(await Promise.all(files.map(read)));
}

const isScript = (file: string): boolean => /^lib\/.*\.js$/.test(file);

/**
 * Those of some files whose paths begin with what OWN says.
 * @throws UserError if none does
 */
export function chosenFiles(files: readonly string[], own: string): readonly string[] {
  const prefixes = own.split(',').filter((prefix) => prefix !== '');
  const stray = prefixes.find((prefix) => !files.some((file) => file.startsWith(prefix)));
  if (stray === undefined && prefixes.length > 0) {
    return files.filter((file) => prefixes.some((prefix) => file.startsWith(prefix)));
  }
  throw new UserError(`no file of ours that can be changed begins with ${stray ?? own}`,
                      'use OWN=lib, or a path such as OWN=lib/internal/keep_alive.js');
}

/** A patched lib/ with our own files only. All others are those in the binary. */
const overlayOf = (line: Line): string => path.join(linePaths(line.name).dir, 'mutate');

const inOverlay = (line: Line, file: string): string => path.join(overlayOf(line), path.relative('lib', file));

/** The line's binary with the overlay. */
function overlaid(line: Line): Program {
  return {
    command: path.join(root, 'tools', 'verify', 'check', 'node.sh'),
    env: {
      BINDERY_OVERLAY: overlayOf(line),
      BINDERY_OVERLAY_BINARY: linePaths(line.name).node,
      BINDERY_OVERLAY_LOG: '/dev/null',
      BINDERY_OVERLAY_ABSENT: '{"methods":[],"objects":[]}',
    },
  };
}

/** How long tests take without a change, in milliseconds. */
type Times = Readonly<Record<string, number>>;

/** What is known of the tests before anything is changed. */
interface Ground {
  readonly key: string;
  /** The tests that pass with the overlay. */
  readonly over: Times;
  /** Those that pass without it alone: they make snapshots, or processes that load net before the overlay. */
  readonly without: Times;
  readonly reach: Reach;
}

const fileOf = (line: Line, name: string): string => path.join(linePaths(line.name).tree, 'test', `${name}.js`);

/** Runs the tests over our own lib/ without a change. */
async function survey(
  line: Line,
  key: string,
  tests: readonly string[],
  scripts: readonly string[],
): Promise<Ground & { did: string }> {
  return inTemporary('bindery-mutate-', async (temp) => {
    const program = overlaid(line);
    const coverage = path.join(temp, 'coverage');
    const run = async (name: string, { command, env }: Program, into: Record<string, number>) => {
      refuseToGoOn();
      const trial = { name, file: fileOf(line, name), limit: PATIENCE };
      const { outcome, took } = await runTrial({ command, env }, trial, temp);
      if (outcome === 'pass') into[name] = Math.round(took);
      return outcome === 'pass';
    };
    const over: Record<string, number> = {};
    const without: Record<string, number> = {};
    const covered = { ...program, env: { ...program.env, NODE_V8_COVERAGE: coverage } };
    await fewAtATime(tests, TASKS, async (name, index) => {
      await run(name, covered, over);
      if (index % 25 === 24) say(`${index + 1} of ${tests.length} tests`);
    });
    for (const name of tests.filter((test) => over[test] === undefined)) {
      if (await run(name, program, over)) continue;
      if (await run(name, { command: linePaths(line.name).node, env: {} }, without)) continue;
      say(`left out, it fails without a change: ${name}`);
    }
    const did = `${Object.keys(over).length} tests pass over the binary, ${Object.keys(without).length} in it alone`;
    return { key, over, without, reach: await readReach(coverage, scripts), did };
  });
}

/** Tries changes, one at a time. */
class Trials {
  constructor(
    private readonly line: Line,
    private readonly base: BaseRecord,
    private readonly ground: Ground,
  ) {}

  /** The first of some tests that fails with a program, or null. */
  private async first(program: Program, tests: Times, mutant: Mutant, temp: string): Promise<string | null> {
    const trials = Object.entries(tests)
      .map(([name, took]): Trial => ({ name, file: fileOf(this.line, name), limit: limitFor(took) }));
    const failure = await firstFailure(
      program,
      likelyFirst(mutant, trials, reaching(this.ground.reach, mutant.mutation)),
      temp,
      (name) => { say(`passed only when run alone: ${name}`); });
    if (failure === undefined) return null;
    return failure.ended.outcome === 'hang' ? `${failure.trial.name} (does not end)` : failure.trial.name;
  }

  private async overBinary(mutant: Mutant, temp: string): Promise<string | null> {
    const program = overlaid(this.line);
    const loads = { name: 'load', file: path.join(root, 'tools', 'verify', 'check', 'load.cjs'), limit: limitFor(1000) };
    const { outcome, output } = await runTrial(program, loads, temp);
    if (outcome !== 'pass' || !output.includes('{"loaded":')) return START_UP;
    return this.first(program, this.ground.over, mutant, temp);
  }

  /** Builds with a change in the fork tree. */
  private async inBinary(mutant: Mutant, tests: Times, temp: string): Promise<string | null> {
    return whileChanged(path.join(linePaths(this.line.name).tree, mutant.mutation.file), mutant.text, async () => {
      const outcome = await tryBuild(this.line, this.base);
      if ('node' in outcome) return this.first({ command: outcome.node, env: {} }, tests, mutant, temp);
      return START_UP;
    });
  }

  /** What fails with a change: a test or START_UP, or null if nothing does. */
  async try(mutant: Mutant): Promise<string | null> {
    const { file } = mutant.mutation;
    const { without } = this.ground;
    return inTemporary('bindery-mutate-', async (temp) => {
      return await whileChanged(inOverlay(this.line, file), mutant.text, () => this.overBinary(mutant, temp)) ??
        this.inBinary(mutant, without, temp);
    });
  }
}

/** Prints what survives, and says what was found. */
export function conclude(
  tried: readonly Tried[],
  reasons: ReadonlyMap<Mutant, string>,
  sample: number,
  of: string,
): { did: string } {
  const survivors = tried.filter(({ by }) => by === null);
  const unexplained = survivors.filter(({ mutant }) => !reasons.has(mutant));
  for (const { mutant } of survivors) {
    say(`survives: ${mutant.name}${reasons.has(mutant) ? ` (accepted: ${reasons.get(mutant)!})` : ''}`);
  }
  const caught = tried.length - survivors.length;
  const starts = tried.filter(({ by }) => by === START_UP).length;
  const share = tried.length === 0 ? 0 : 100 * caught / tried.length;
  const summary = `${caught} of ${tried.length} changes are caught, ${share.toFixed(1)} % (${starts} by ${START_UP}), ` +
    `${survivors.length - unexplained.length} accepted; ${of}`;
  if (unexplained.length > 0 || caught < AIM * tried.length) {
    throw new UserError(`${unexplained.length} survive: ${summary}`,
                        'write a test that fails with them, or give a reason in tools/verify/mutate/accepted.json');
  }
  if (tried.length < sample) return { did: `${summary}; run again for the others` };
  return { did: summary };
}

/**
 * Makes single changes to a line's own files and runs the proposals' own tests until one
 * fails. The results are kept, so that the next run continues where this one stopped.
 * @throws UserError if too many changes survive, or if one does without a reason
 */
export async function mutateOwn(line: Line, base: BaseRecord, choice: Choice): Promise<{ did: string }> {
  const until = performance.now() + 60_000 * choice.minutes;
  const { dir } = linePaths(line.name);
  const code = await textsOn(line, (file) => /^(lib|src)\//.test(file));
  const tests = new Map([...await textsOn(line, isTest)].map(([file, text]) => [testName(file), text]));
  const files = chosenFiles([...code.keys()].filter(isScript), choice.own);
  const all = (await Promise.all(files.map(async (file) => {
    const text = code.get(file)!;
    return mutantsOf(text, await javascriptMutations(file, text));
  }))).flat();
  const reasons = await readAccepted(path.join(root, 'tools', 'verify', 'mutate', 'accepted.json'), all);

  const scripts = [...code.keys()].filter(isScript);
  await remove(overlayOf(line));
  for (const file of scripts) {
    await mkdir(path.dirname(inOverlay(line, file)), { recursive: true });
    // A text that is the binary's own would not be laid over it.
    await writeFile(inOverlay(line, file), `${code.get(file)!}\n`);
  }

  const codeHash = hashOf([base.commit, ...[...code].flat()]);
  const testsHash = hashOf([...tests].flat());
  const groundFile = path.join(dir, 'mutate-ground.json');
  const groundKey = hashOf([codeHash, testsHash]);
  let ground = await readRecord<Ground>(groundFile, '`make mutate`');
  if (ground?.key !== groundKey) {
    ground = await step('without a change', () => survey(line, groundKey, [...tests.keys()], scripts));
    await writeRecord(groundFile, ground);
  }

  const findingsFile = path.join(dir, 'mutate-own.json');
  const findings = await readRecord<Record<string, Finding>>(findingsFile, '`make mutate`') ?? {};
  const restingOn = (by: string | null) => (by === null ? testsHash : hashOf([tests.get(by.split(' ')[0]!) ?? '']));
  const trials = new Trials(line, base, ground);
  const tried: Tried[] = [];
  let isTrying = false;
  for (const mutant of shuffled(all, choice.seed)) {
    if (tried.length === choice.sample) break;
    const key = hashOf([codeHash, mutant.mutation.file, mutant.text]);
    const known = findings[key];
    let by = known?.by;
    if (known?.restsOn !== restingOn(by ?? null)) {
      if (performance.now() > until) break;
      isTrying = true;
      await step(`${tried.length + 1} of ${choice.sample}: ${mutant.name}`, async () => {
        by = await trials.try(mutant);
        findings[key] = { change: mutant.name, by, restsOn: restingOn(by) };
        await writeRecord(findingsFile, findings);
        return { did: by === null ? 'SURVIVES' : `caught by ${by}` };
      });
    }
    tried.push({ mutant, by: by ?? null });
  }
  // The build folder may still have the last change.
  if (isTrying) await step(`build ${line.name}`, () => relink(line, base));
  return conclude(tried, reasons, Math.min(choice.sample, all.length), `seed ${choice.seed}, ${all.length} changes in all`);
}
