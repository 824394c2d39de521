import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BaseRecord } from './base/base.ts';
import { versionOf } from './base/checkout.ts';
import { keep } from './base/files.ts';
import { lockLine } from './base/lock-make.ts';
import { loadLock } from './base/lock.ts';
import { macos } from './build/foreign/macos.ts';
import { windows } from './build/foreign/windows.ts';
import { fullBuild, requireFull } from './build/full/full.ts';
import { isSpread } from './build/full/ninja.ts';
import { takeSource } from './build/full/source.ts';
import { fetchBase } from './build/move.ts';
import { relink } from './build/relink.ts';
import { smoke } from './build/smoke.ts';
import { describe, UserError } from './core/errors.ts';
import { chooseLine, type GitLine, isGit, isLinked, type Line, loadLines, nextOf } from './core/lines.ts';
import { fullPaths, isFull, linePaths, out, requireUsableOut, root, shown } from './core/paths.ts';
import { type Done, step } from './core/report.ts';
import { run } from './core/run.ts';
import { buildNeeds, distNeeds, docNeeds, ensure, fullNeeds, lintNeeds, spreadNeeds, testNeeds, wasmNeeds, windowsNeeds } from './core/system.ts';
import { conclude, type Tally } from './core/tally.ts';
import { downstream } from './downstream/downstream.ts';
import { applyProposals } from './fork/apply.ts';
import { exportLine } from './fork/export/export.ts';
import { type ForkTree, libTree } from './fork/lib-tree.ts';
import { recordVerified } from './fork/verified.ts';
import { benchAccept } from './measure/bench/accept.ts';
import { bench } from './measure/bench/bench.ts';
import { benchCompare } from './measure/bench/compare.ts';
import { growth } from './measure/growth.ts';
import { raceOn } from './measure/race.ts';
import { distCheck } from './publish/dist/check.ts';
import { reproduce } from './publish/dist/reproduce.ts';
import { next } from './rebase/next.ts';
import { rebase } from './rebase/rebase.ts';
import { rebaseAbort, rebaseContinue } from './rebase/resume.ts';
import { writeStatusTable } from './upstream/status-table.ts';
import { status } from './upstream/status.ts';
import { survival } from './upstream/survival/survival.ts';
import { check } from './verify/check/check.ts';
import { fuzz } from './verify/fuzz/fuzz.ts';
import { buildFuzzer, fuzzNative, fuzzNeeds, requireFound } from './verify/fuzz/native.ts';
import { mutate } from './verify/mutate.ts';
import { nodeSuites } from './verify/node-suites.ts';
import { sanitize } from './verify/sanitize/sanitize.ts';
import { requireFixedAddresses } from './verify/sanitize/sanitizers.ts';
import { soak } from './verify/soak/soak.ts';
import { test, unit } from './verify/suites.ts';

/** The fork tree of a line, as base and proposals say. */
async function apply(line: Line) {
  await step('packages', () => ensure(buildNeeds));
  const base = await step(`fetch ${line.name}`, () => fetchBase(line));
  await step(`apply ${line.name}`, () => applyProposals(line, base));
  await recordVerified(line, base, { level: 'applied only' });
  return base;
}

/** The fork tree of lib/ alone, of the release that the line's hooks are written for. */
const pinnedLib = (line: GitLine) =>
  step(`lib of ${line.base.ref}`, () => libTree(line, versionOf(line.base.ref)));

function requireLinked(line: Line): void {
  if (isLinked(line)) return;
  throw new UserError(`for ${line.name} there is no library that a binary could be linked with`,
                      `verify what can be with \`make check LINE=${line.name}\``);
}

async function node(line: Line): Promise<BaseRecord> {
  requireLinked(line);
  const base = await apply(line);
  await step(`build ${line.name}`, () => (isFull ? requireFull(line) : relink(line, base)));
  return base;
}

/** Runs the program of the README with the line's binary. */
async function demo(line: Line): Promise<void> {
  await node(line);
  const { stdout } = await run(linePaths(line.name).node, [path.join(root, 'examples', 'socket-options.js')]);
  process.stdout.write(stdout);
}

async function lintAll(line: Line): Promise<void> {
  await apply(line);
  await step('packages', () => ensure(lintNeeds));
  // Its packages are not installed where only a binary is built.
  const { lint } = await import('./verify/lint.ts');
  await step('lint', () => lint(line));
}

/** The fork tree that a line has here, whole where its source can be had. */
async function forkTree(line: Line): Promise<ForkTree> {
  const { tree } = linePaths(line.name);
  const isWhole = isLinked(line) || Boolean(process.env['NODE_DIR']) || existsSync(tree);
  if (!isWhole) return pinnedLib(line);
  return { tree, base: await step(`fetch ${line.name}`, () => fetchBase(line)) };
}

/** The checks over official binaries. Our tests take test/common from the default line's tree. */
async function checks(lines: readonly Line[], newest: boolean): Promise<ReadonlyArray<() => Promise<Tally>>> {
  if (lines.length === 0) return [];
  const common = chooseLine(undefined);
  await apply(common);
  return lines.map((line) => () => check(line, linePaths(common.name).tree, newest));
}

/** The check of the declarations against the binaries of those lines. */
async function typings(lines: readonly Line[]): Promise<ReadonlyArray<() => Promise<Tally>>> {
  if (lines.length === 0) return [];
  // The compilers are not installed where only a binary is built.
  const { types } = await import('./verify/types/types.ts');
  return [() => step('types', () => types(lines))];
}

/** The line that LINE names, or all of them. */
function namedLines(): readonly Line[] {
  const name = process.env['LINE'];
  return name ? [chooseLine(name)] : [...loadLines().lines.values()];
}

/**
 * A check of each line that is built here, or of the one that is named.
 * @param prepare what a line must have before
 */
function onEach(
  name: string,
  needs: Parameters<typeof ensure>[0],
  held: (line: Line, base: BaseRecord) => Promise<Tally & Done>,
  prepare = node,
): () => Promise<void> {
  return async () => {
    await step('packages', () => ensure(needs));
    const parts: Array<() => Promise<Tally>> = [];
    for (const line of namedLines().filter(isLinked)) {
      const base = await prepare(line);
      parts.push(() => step(`${name} ${line.name}`, () => held(line, base)));
    }
    await conclude(parts);
  };
}

type Commands = Readonly<Record<string, (line: Line) => Promise<unknown>>>;

/** What ends a rebase that has stopped. */
const resuming: Commands = {
  'rebase-continue': (line) => step(`rebase-continue ${line.name}`, () => rebaseContinue(line)),
  'rebase-abort': (line) => step(`rebase-abort ${line.name}`, () => rebaseAbort(line)),
};

/** The number that a variable of the environment has, or another where it is not set. */
const number = (name: string, fallback: number): number => Number(process.env[name] || fallback);

/** The packages of a line, made of the binary that is there or is built for them. */
async function packages(line: Line): Promise<BaseRecord> {
  const base = await node(line);
  // What lists their parts is not installed where only a binary is built.
  const { dist } = await import('./publish/dist/dist.ts');
  await step(`dist ${line.name}`, () => dist(line, base));
  return base;
}

/** What `make node-full` does: the first while nothing else works in the output folder, the second beside it. */
const whole: Commands = {
  'full-source': async (line) => {
    requireLinked(line);
    const base = await apply(line);
    await step('packages', () => ensure([...fullNeeds, ...isSpread ? spreadNeeds : []]));
    await step(`source ${line.name}`, () => takeSource(line, base));
  },
  'node-full': async (line) => {
    const { base } = await step(`full build ${line.name}`, () => fullBuild(line));
    await conclude([() => step(`the binary ${line.name}`, () => smoke(line, base, fullPaths(line.name).node))]);
  },
};

/** What is thrown at the API, over and over. */
const hostile: Commands = {
  'fuzz': async (line) => {
    await node(line);
    const options = { calls: number('CALLS', 1e6), seed: number('SEED', 1), batch: number('BATCH', 0) };
    await conclude([() => step(`fuzz ${line.name}`, () => fuzz(line, options))]);
  },
  'fuzz-native': async (line) => {
    await requireFixedAddresses();
    await step('packages', () => ensure(fuzzNeeds));
    const base = await node(line);
    const seed = number('SEED', 1);
    const built = await step(`fuzzer ${line.name}`, () => buildFuzzer(line, base));
    await step(`control ${line.name}`, () => requireFound(line, built.node, seed));
    const options = { seconds: number('SECS', 300), seed };
    await conclude([() => step(`fuzz-native ${line.name}`, () => fuzzNative(line, built.node, options))]);
  },
  'soak': async (line) => {
    await node(line);
    const options = { seconds: 60 * number('MINUTES', 5), seed: number('SEED', 1), episode: number('EPISODE', 0) };
    await conclude([() => step(`soak ${line.name}`, () => soak(line, options))]);
  },
};

/** Fills a folder with every file that the lock names, of the line that is named or of all. */
async function baseFiles(): Promise<void> {
  const folder = process.env['BINDERY_FILES'];
  if (!folder) throw new UserError('BINDERY_FILES is not set', 'name the folder to fill with BINDERY_FILES=<folder>');
  const names = new Set(namedLines().map(({ name }) => name));
  for (const [name, { files, date }] of loadLock()) {
    if (names.has(name)) await step(`files of ${name}`, () => keep(files, date, folder));
  }
}

/** What bases are made of. */
const bases: Commands = {
  'base-files': baseFiles,
  'lock': async (line) => {
    await step('packages', () => ensure(buildNeeds));
    await step(`lock ${line.name}`, () => lockLine(line));
  },
};

const commands: Commands = {
  apply,
  node,
  demo,
  unit,
  lint: lintAll,
  test: async () => {
    await step('packages', () => ensure(testNeeds));
    const built = [];
    for (const line of namedLines().filter(isLinked)) built.push({ line, base: await node(line) });
    const declarations = await typings(built.map(({ line }) => line));
    await test(built, [...declarations, ...await checks(namedLines().filter(isGit), false)]);
  },
  types: async () => {
    const lines = namedLines().filter(isLinked);
    for (const line of lines) await node(line);
    await conclude(await typings(lines));
  },
  check: async () => conclude(await checks(namedLines(), true)),
  status: async () => {
    await status({ json: Boolean(process.env['JSON']), online: Boolean(process.env['ONLINE']) });
    // A connection that was given up may still be trying, and nobody waits for it.
    process.exit();
  },
  table: () => step('status table', () => writeStatusTable()),
  mutate: async (line) => {
    const base = await node(line);
    await step(`mutate ${line.name}`, () => mutate(line, base, process.env['ONLY'] || undefined));
  },
  export: async (line) => {
    await step('packages', () => ensure(buildNeeds));
    // Work in a tree can be brought here when the lock has moved on, too.
    const base = await step(`fetch ${line.name}`, () => fetchBase(line, undefined, true));
    await step(`export ${line.name}`, () => exportLine(line, base));
  },
  series: async (line) => {
    const base = await apply(line);
    // Its linter is not installed where only a binary is built.
    const { series } = await import('./upstream/series.ts');
    await step(`series ${line.name}`, () => series(line, base));
  },
  pr: async (line) => {
    const base = await apply(line);
    await step('packages', () => ensure(lintNeeds));
    const { pr } = await import('./upstream/pr.ts');
    await step(`pr ${line.name}`, () => pr(line, base, process.env['PROPOSAL'] ?? ''));
  },
  survival: async () => {
    const trees = new Map<Line, string>();
    for (const line of namedLines()) {
      if (isLinked(line)) await apply(line);
      trees.set(line, isLinked(line) ? linePaths(line.name).tree : (await pinnedLib(line)).tree);
      if (line.next === undefined) continue;
      const version = versionOf(line.next.release);
      const { tree } = await step(`lib of v${version}`, () => libTree(line, version, 'lib-next'));
      trees.set(nextOf(line), tree);
    }
    const { failed } = await step('survival', () => survival(trees));
    if (failed) throw new UserError('a hook does not apply to every release', 'see the tables above and out/survival');
  },
  doc: async (line) => {
    const base = await apply(line);
    await step('packages', () => ensure(docNeeds));
    // What renders the pages is not installed where only a binary is built.
    const { doc } = await import('./publish/doc/doc.ts');
    await step(`doc ${line.name}`, () => doc(line, base));
  },
  rebase: async (line) => {
    await step('packages', () => ensure(buildNeeds));
    await step(`rebase ${line.name}`, async () => rebase(line, await forkTree(line), process.env['ONTO'] ?? ''));
  },
  next: (line) => step(`next ${line.name}`, () => next(line, process.env['ONTO'] ?? '')),
  ...resuming,
  ...bases,
  ...whole,
  bench: async (line) => {
    const base = await node(line);
    await step(`bench ${line.name}`, () => bench(line, base));
    await step(`accept ${line.name}`, () => benchAccept(line));
    await step(`compare ${line.name}`, () => benchCompare(line, base));
  },
  packages,
  dist: async (line) => {
    await step('packages', () => ensure(distNeeds));
    const base = await packages(line);
    const parts = [() => step(`dist check ${line.name}`, () => distCheck(line, base))];
    if (process.env['REPRODUCE']) parts.push(() => step(`dist again ${line.name}`, () => reproduce(line, base)));
    await conclude(parts);
  },
  downstream: onEach('downstream', [...testNeeds, ...wasmNeeds], downstream),
  ...hostile,
  suites: onEach('suites', testNeeds, nodeSuites),
  growth: async (line) => {
    await node(line);
    await step(`growth ${line.name}`, () => growth(line));
  },
  race: async (line) => {
    await node(line);
    await step(`race ${line.name}`, () => raceOn(line));
  },
  macos: onEach('macos', buildNeeds, macos, apply),
  windows: onEach('windows', [...buildNeeds, ...windowsNeeds], windows, apply),
  sanitize: async (line) => {
    const base = await node(line);
    await sanitize(line, base);
  },
};

async function main(name: string | undefined): Promise<void> {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name!] : undefined;
  if (command === undefined) {
    throw new UserError(`there is no command ${name ?? '(none given)'}`, `use one of ${Object.keys(commands).join(', ')}`);
  }
  requireUsableOut();
  await command(chooseLine(process.env['LINE']));
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`bindery: ${describe(error, shown(out))}\n`);
  if (process.env['BINDERY_DEBUG']) console.error(error);
  process.exitCode = 1;
});
