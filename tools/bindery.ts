// The command line. Each command is a function of its stage, which is loaded when it is called.
import { ensureEmulator } from './core/emulator.ts';
import { describe, UserError } from './core/errors.ts';
import { chooseLine, type Line } from './core/lines.ts';
import { isEmulated, out, requireUsableOut, shown } from './core/paths.ts';
import { step } from './core/report.ts';

const base = () => import('./base/commands.ts');
const build = () => import('./build/commands.ts');
const rebase = () => import('./rebase/commands.ts');
const upstream = () => import('./upstream/commands.ts');
const verify = () => import('./verify/commands.ts');
const measure = () => import('./measure/commands.ts');
const publish = () => import('./publish/commands.ts');
const pull = () => import('./pull/commands.ts');
const downstream = () => import('./downstream/commands.ts');

const commands: Readonly<Record<string, () => Promise<(line: Line) => Promise<unknown>>>> = {
  'lock': async () => (await base()).lock,
  'base-files': async () => (await base()).baseFiles,

  'apply': async () => (await build()).apply,
  'node': async () => (await build()).node,
  'demo': async () => (await build()).demo,
  'full-source': async () => (await build()).fullSource,
  'node-full': async () => (await build()).nodeFull,
  'macos': async () => (await build()).macos,
  'windows': async () => (await build()).windows,

  'export': async () => (await rebase()).bringBack,
  'rebase': async () => (await rebase()).rebase,
  'rebase-continue': async () => (await rebase()).resume,
  'rebase-abort': async () => (await rebase()).abort,
  'next': async () => (await rebase()).next,

  'series': async () => (await upstream()).series,
  'status': async () => (await upstream()).status,
  'table': async () => (await upstream()).table,
  'survival': async () => (await upstream()).survival,

  'test': async () => (await verify()).test,
  'unit': async () => (await verify()).unit,
  'lint': async () => (await verify()).lint,
  'types': async () => (await verify()).types,
  'check': async () => (await verify()).check,
  'suites': async () => (await verify()).suites,
  'mutate': async () => (await verify()).mutate,
  'fuzz': async () => (await verify()).fuzz,
  'fuzz-native': async () => (await verify()).fuzzNative,
  'soak': async () => (await verify()).soak,
  'sanitize': async () => (await verify()).sanitize,

  'bench': async () => (await measure()).bench,
  'growth': async () => (await measure()).growth,
  'race': async () => (await measure()).race,

  'packages': async () => (await publish()).packages,
  'dist': async () => (await publish()).dist,
  'try': async () => (await publish()).tryOut,
  'doc': async () => (await publish()).doc,

  'pr': async () => (await pull()).pr,
  'prs': async () => (await pull()).prs,

  'downstream': async () => (await downstream()).downstream,
};

/** The commands that can build for another processor than this machine's, and run that in an emulator. */
const EMULATED = new Set(['apply', 'node', 'demo', 'test', 'check', 'packages', 'dist']);

async function main(name: string | undefined): Promise<void> {
  const load = Object.hasOwn(commands, name ?? '') ? commands[name!] : undefined;
  if (load === undefined) {
    throw new UserError(`there is no command ${name ?? '(none given)'}`, `use one of ${Object.keys(commands).join(', ')}`);
  }
  requireUsableOut();
  if (isEmulated) {
    if (!EMULATED.has(name!)) {
      throw new UserError(`${name} works on this machine's own processor only`, `leave out ARCH, or use it with one of ${[...EMULATED].join(', ')}`);
    }
    await step('emulator', ensureEmulator);
  }
  const line = chooseLine(process.env['LINE']);
  const command = await load();
  await command(line);
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`bindery: ${describe(error, shown(out))}\n`);
  if (process.env['BINDERY_DEBUG']) console.error(error);
  process.exitCode = 1;
});
