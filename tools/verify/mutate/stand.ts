import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { build } from '../../build/relink.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths } from '../../core/paths.ts';
import { isTest, proposalsOn } from '../../core/proposals.ts';
import { readRecord, writeRecord } from '../../core/record.ts';
import { step } from '../../core/report.ts';
import { landing } from '../../fork/apply.ts';
import { hooksOn } from '../../fork/hooks.ts';
import { testName } from '../test-runner.ts';
import { layLib, survey, surveyNative, type Texts } from './ground.ts';
import type { Mutant } from './mutation.ts';
import { type Reach, reaching } from './reach.ts';
import { NO_PROGRAM, Trials } from './trials.ts';

/** What is known about a change. It holds as long as the tests that it rests on are the same. */
interface Finding {
  readonly change: string;
  /** The test that fails, START_UP, NO_PROGRAM, or null if nothing fails. */
  readonly by: string | null;
  readonly restsOn: string;
}

const hashOf = (parts: Iterable<string>): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** Files of a line's fork tree, with their texts. */
async function textsOf(line: Line, files: Iterable<string>): Promise<Texts> {
  const { tree } = linePaths(line.name);
  const read = async (file: string) => [file, await readFile(path.join(tree, file), 'utf8')] as const;
  return new Map(await Promise.all([...files].map(read)));
}

const ownedOn = (line: Line): readonly string[] => proposalsOn(line).flatMap(({ owns }) => owns);

const isCode = (file: string): boolean => /^(lib|src)\//.test(file);

/** A line's own files of lib/ and src/. */
export const ownCode = (line: Line): Promise<Texts> => textsOf(line, ownedOn(line).filter(isCode).map(landing));

/** The files of Node.js that a line's hooks are in. */
export const hookedCode = (line: Line): Promise<Texts> =>
  textsOf(line, new Set(hooksOn(line.name).map(({ file }) => file)));

/** What was found before anything is changed, if it is still true, or what is found now. */
async function surveyed<T extends { readonly key: string }>(
  file: string,
  key: string,
  name: string,
  work: () => Promise<T & { did: string }>,
): Promise<T> {
  const known = await readRecord<T>(file, '`make mutate`');
  if (known?.key === key) return known;
  const found = await step(name, work);
  await writeRecord(file, found);
  return found;
}

/**
 * Where changes to a line's files are tried. What was found is kept, so that the next run
 * goes on where this one stopped.
 */
export class Stand {
  private constructor(
    private readonly file: string,
    private readonly findings: Record<string, Finding>,
    private readonly code: string,
    private readonly tests: Texts,
    private readonly trials: Trials,
    private readonly reach: Reach,
    /** The tests that fail without a change. */
    readonly failing: readonly string[],
  ) {}

  /**
   * Runs the tests without a change, unless that is known.
   * @param withNative whether to find out which tests reach src/
   */
  static async of(line: Line, base: BaseRecord, withNative: boolean): Promise<Stand> {
    const { dir } = linePaths(line.name);
    const code = new Map([...await ownCode(line), ...await hookedCode(line)]);
    const tests = new Map([...await textsOf(line, ownedOn(line).filter(isTest).map(landing))]
      .map(([file, text]) => [testName(file), text]));
    const codeHash = hashOf([base.commit, ...[...code].flat()]);
    const key = hashOf([codeHash, ...[...tests].flat()]);
    await layLib(line);
    const { units } = await build(line, base);
    const names = [...tests.keys()];
    const ground = await surveyed(path.join(dir, 'mutate-ground.json'), key, 'without a change',
                                  () => survey(line, key, names, code, units));
    const native = withNative ?
      await surveyed(path.join(dir, 'mutate-native.json'), key, 'what reaches src/',
                     () => surveyNative(line, key, names, code, units)) :
      { reach: {} };
    const reach = { ...ground.reach, ...native.reach };
    const file = path.join(dir, 'mutate.json');
    const findings = await readRecord<Record<string, Finding>>(file, '`make mutate`') ?? {};
    return new Stand(file, findings, codeHash, tests, new Trials(line, base, ground, units, reach), reach,
                     names.filter((name) => ground.took[name] === undefined));
  }

  private restingOn(by: string | null): string {
    return by === null ? hashOf([...this.tests].flat()) : hashOf([this.tests.get(by.split(' ')[0]!) ?? '']);
  }

  private idOf({ mutation, text }: Mutant): string {
    return hashOf([this.code, mutation.file, text]);
  }

  /** What fails with a change, as Trials.try(), or undefined if that has to be tried. */
  known(mutant: Mutant): string | null | undefined {
    const finding = this.findings[this.idOf(mutant)];
    return finding !== undefined && finding.restsOn === this.restingOn(finding.by) ? finding.by : undefined;
  }

  /**
   * Tries a change.
   * @param title what to print of it
   */
  async try(mutant: Mutant, title: string): Promise<string | null> {
    let by: string | null = null;
    await step(title, async () => {
      by = await this.trials.try(mutant);
      this.findings[this.idOf(mutant)] = { change: mutant.name, by, restsOn: this.restingOn(by) };
      await writeRecord(this.file, this.findings);
      return { did: by === null ? 'SURVIVES' : `${by === NO_PROGRAM ? 'refused' : 'caught'} by ${by}` };
    });
    return by;
  }

  /** How many tests reach the place of a change. */
  reached({ mutation }: Mutant): number {
    return reaching(this.reach, mutation).size;
  }
}
