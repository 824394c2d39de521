import path from 'node:path';
import { applyProposals } from './apply.ts';
import { bench } from './bench.ts';
import { chooseLine, type Line, loadLines } from './config.ts';
import { describe, UserError } from './errors.ts';
import { exportLine } from './export.ts';
import { type BaseRecord, fetchBase } from './fetch.ts';
import { mutate } from './mutate.ts';
import { linePaths, out, requireUsableOut, root, shown } from './paths.ts';
import { relink } from './relink.ts';
import { step } from './report.ts';
import { run } from './run.ts';
import { recordVerified, status, writeStatusTable } from './status.ts';
import { test, unit } from './suites.ts';
import { survival } from './survival.ts';
import { buildNeeds, ensure, lintNeeds } from './system.ts';

/** The fork tree of a line, as base and proposals say. */
async function apply(line: Line) {
  await step('packages', () => ensure(buildNeeds));
  const base = await step(`fetch ${line.name}`, () => fetchBase(line));
  await step(`apply ${line.name}`, () => applyProposals(line, base));
  await recordVerified(line, base, { level: 'applied only' });
  return base;
}

async function node(line: Line): Promise<BaseRecord> {
  const base = await apply(line);
  await step(`build ${line.name}`, () => relink(line, base));
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
  const { lint } = await import('./lint.ts');
  await step('lint', () => lint(line));
}

/** The line that LINE names, or all of them. */
function namedLines(): readonly Line[] {
  const name = process.env['LINE'];
  return name ? [chooseLine(name)] : [...loadLines().lines.values()];
}

const commands: Readonly<Record<string, (line: Line) => Promise<unknown>>> = {
  apply,
  node,
  demo,
  unit,
  lint: lintAll,
  test: async () => {
    const built = [];
    for (const line of namedLines()) built.push({ line, base: await node(line) });
    await test(built);
  },
  status: async () => {
    await status({ json: Boolean(process.env['JSON']) });
  },
  table: () => step('status table', () => writeStatusTable()),
  mutate: async (line) => {
    const base = await node(line);
    await step(`mutate ${line.name}`, () => mutate(line, base, process.env['ONLY'] || undefined));
  },
  export: async (line) => {
    await step('packages', () => ensure(buildNeeds));
    const base = await step(`fetch ${line.name}`, () => fetchBase(line));
    await step(`export ${line.name}`, () => exportLine(line, base));
  },
  series: async (line) => {
    const base = await apply(line);
    // Its linter is not installed where only a binary is built.
    const { series } = await import('./series.ts');
    await step(`series ${line.name}`, () => series(line, base));
  },
  pr: async (line) => {
    const base = await apply(line);
    await step('packages', () => ensure(lintNeeds));
    const { pr } = await import('./pr.ts');
    await step(`pr ${line.name}`, () => pr(line, base, process.env['PROPOSAL'] ?? ''));
  },
  survival: async () => {
    for (const line of namedLines()) await apply(line);
    const { failed } = await step('survival', () => survival(namedLines()));
    if (failed) throw new UserError('a hook does not apply to every release', 'see the tables above and out/survival');
  },
  bench: async (line) => {
    const base = await node(line);
    await step(`bench ${line.name}`, () => bench(line, base));
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
