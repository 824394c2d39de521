import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Toolchain, toolchain } from '../../build/configure.ts';
import type { Unit } from '../../build/relink-graph.ts';
import { UserError } from '../../core/errors.ts';
import { root } from '../../core/paths.ts';
import { run } from '../../core/run.ts';
import type { DistPaths } from './paths.ts';

/** Where the start code looks for the dynamic linker, and that for libraries, from bin/node. */
export const LIBRARIES = 'lib/bindery';

const BUILD_FIRST = 'run `make node` (with FULL=1 `make node-full`), then run this again';

/** The start code runs before relocation, so it may call nothing outside itself. */
const START_FLAGS = [
  '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-fPIE', '-ffreestanding', '-fvisibility=hidden',
  '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fno-tree-loop-distribute-patterns',
];

/** The symbols that the static linker defines for the start code. */
const GIVEN = new Set(['_start', '__ehdr_start']);

/**
 * The linker flags. No dynamic linker is named, since that takes an absolute path; the
 * start code finds it.
 */
export const MOVABLE = [
  '-pie', '-Wl,--no-dynamic-linker', '-Wl,-e,bindery_start', `'-Wl,-rpath,$ORIGIN/../${LIBRARIES}'`,
  '-Wl,--disable-new-dtags', '-Wl,--allow-shlib-undefined',
].join(' ');

/** Compiles the start code of a movable binary. */
export async function compileStart(cc: string, output: string): Promise<void> {
  const [compiler = '', ...flags] = cc.split(' ');
  const source = path.join(root, 'tools', 'publish', 'dist', 'start.c');
  await mkdir(path.dirname(output), { recursive: true });
  await run(compiler, [...flags, ...START_FLAGS, '-c', source, '-o', output], { todo: 'see tools/publish/dist/start.c' });
  const { stdout } = await run('nm', ['--undefined-only', '--format=posix', output]);
  const foreign = stdout.split('\n').map((line) => line.split(' ')[0]!).find((name) => name !== '' && !GIVEN.has(name));
  if (foreign !== undefined) {
    throw new UserError(`the compiler made tools/publish/dist/start.c call ${foreign}, which is not there yet when it runs`,
                        'write that part so that it calls nothing');
  }
}

/**
 * The command that compiles another file like one of the units of Node's library, with
 * everything that the layout of Node's classes depends on.
 * @param command the unit's own command
 */
export function compileAs(command: string, unit: string, object: string, file: string, output: string): string {
  return command.replaceAll(object, () => output).replaceAll(`../../${unit}`, () => file);
}

/** A unit that exists on every line, whose command is reused for ours. */
const UNIT = 'src/node_builtins.cc';

/** Compiles the defaults of a movable binary that differ from Debian's. */
async function compileDefaults({ release, graph, logs }: DistPaths, output: string): Promise<void> {
  const { stdout } = await run('ninja', ['-C', release, '-f', graph, '--quiet', '-t', 'compdb'], { todo: BUILD_FIRST });
  const units = JSON.parse(stdout) as Unit[];
  const unit = units.find(({ file, output: object }) => file === `../../${UNIT}` && object.endsWith('.o'));
  if (unit === undefined) throw new UserError(`node.gyp has no ${UNIT} any more`, 'tools/publish/dist/link.ts must learn its new name');
  const command = compileAs(unit.command, UNIT, unit.output, path.join(root, 'tools', 'publish', 'dist', 'defaults.cc'), output);
  await run('sh', ['-c', command], { cwd: release, log: path.join(logs, 'dist-defaults.log') });
}

/**
 * The command that links the same objects into a movable binary.
 * @param command the command that the binary was linked with
 */
export function movableLink(
  command: string,
  tools: Toolchain,
  target: string,
  objects: string,
  output: string,
): string {
  const parts = [tools.ldflags, ` -o ${target} `];
  const missing = parts.find((part) => command.split(part).length !== 2);
  if (missing !== undefined) {
    throw new UserError(`the command that links ${target} does not have "${missing.trim()}" once`,
                        `${BUILD_FIRST}; if it stays, tools/publish/dist/link.ts must learn what it has`);
  }
  const made = command.replace(parts[0]!, () => MOVABLE).replace(parts[1]!, () => ` -o ${output} `);
  // Last, so that Node's own data exists when ours is set up.
  return `${made} ${objects}`;
}

/** Links the movable binary from the objects of the built one. */
export async function linkMovable(paths: DistPaths, output: string): Promise<void> {
  const { release, graph, target, sysroot, work, logs } = paths;
  const tools = await toolchain(sysroot);
  const start = path.join(work, 'start.o');
  await compileStart(tools.cc, start);
  const defaults = path.join(work, 'defaults.o');
  await compileDefaults(paths, defaults);
  const { stdout } = await run('ninja', ['-C', release, '-f', graph, '--quiet', '-t', 'commands', target], { todo: BUILD_FIRST });
  const command = stdout.trimEnd().split('\n').at(-1)!;
  await mkdir(path.dirname(output), { recursive: true });
  await run('sh', ['-c', movableLink(command, tools, target, `${start} ${defaults}`, output)],
            { cwd: release, log: path.join(logs, 'dist-link.log') });
}
