import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, shown } from '../core/paths.ts';
import { run } from '../core/run.ts';
import { type Toolchain } from './configure.ts';
import { readDynamic } from './elf.ts';
import { asksForIoUring, CREDENTIALS, IO_URING, isReplaced, metadataSize, RESTORED } from './restored.ts';

/** An entry of ninja's compilation database. */
export interface Unit {
  readonly command: string;
  /** Relative to the tree for Node's own sources, and to the build folder for generated ones. */
  readonly file: string;
  readonly output: string;
}

/** The generated text of the builtins. It is compiled here so that it is inside the binary. */
export const JAVASCRIPT = 'gen/node_javascript.cc';

/** A unit's compile command with another output, escaped for a ninja file. */
export function commandTo(unit: Unit, output: string): string {
  return unit.command.replaceAll(unit.output, output).replaceAll('$', () => '$$');
}

/**
 * A unit's compile command with another output. Used for targets whose own
 * build steps depend on all of V8.
 */
function redirected(units: readonly Unit[], file: string, target: string, output: string): string {
  const unit = units.find((entry) => entry.file === file && targetOf(entry) === target);
  if (unit === undefined) throw new UserError(`node.gyp no longer compiles ${file} for ${target}`, 'tools/build/relink-graph.ts must learn its new name');
  return commandTo(unit, output);
}

/**
 * The base's library and the exact files it says it needs. There may be other
 * versions of these as well, which the sysroot has headers for.
 */
export async function linkedFiles({ libraries }: Toolchain): Promise<readonly string[]> {
  const library = (await readdir(libraries)).find((file) => /^libnode\.so\.\d+$/.test(file));
  if (library === undefined) throw new UserError(`${shown(libraries)} has no libnode.so`, 'correct base.library in lines.json, and lock the base again');
  const { stdout } = await run('readelf', ['--dynamic', '--wide', path.join(libraries, library)]);
  const { needed } = readDynamic(stdout);
  return [library, ...needed.filter((name) => !name.startsWith('ld-linux'))].map((name) => path.join(libraries, name));
}

/**
 * V8's own parts, as ninja names them. The headers generated for V8's inspector
 * are not among them, because Node includes these.
 */
const V8_PART = /^obj\/tools\/v8_gypfiles\/(?!v8_inspector_headers)|^gen\/(generate-bytecode|src\/regexp\/|debug-support)/;

/**
 * A target's ninja file without V8 in its order-only dependencies. In some
 * lines the target's units wait for all of V8, although they only include
 * headers that exist.
 */
export function withoutV8(text: string): string {
  return text.replace(/^build \S+_depends\.stamp: stamp((?: +\$\n +| +)\S+)+$/gm, (statement) => {
    const [head, ...inputs] = statement.replaceAll('$\n', ' ').split(/\s+(?!stamp )/);
    return [head, ...inputs.filter((input) => input !== '' && !V8_PART.test(input))].join(' ');
  });
}

/**
 * Writes a copy of Node's graph in which one target's units do not depend on
 * V8. Returns the name of the file.
 */
export async function writeBaseGraph(release: string, target: string): Promise<string> {
  const name = 'relink-base.ninja';
  const part = `obj/${target}.ninja`;
  const own = `obj/relink-${target}.ninja`;
  const graph = await readFile(path.join(release, 'build.ninja'), 'utf8');
  if (!graph.includes(`subninja ${part}\n`)) {
    throw new UserError(`node's graph has no target ${target} any more`, 'tools/build/relink-graph.ts must learn its new name');
  }
  await writeChanged(path.join(release, own), withoutV8(await readFile(path.join(release, part), 'utf8')));
  await writeChanged(path.join(release, name), graph.replace(`subninja ${part}\n`, `subninja ${own}\n`));
  return name;
}

/** Writes a file only if its text differs, so that nothing is rebuilt unnecessarily. */
export async function writeChanged(file: string, text: string): Promise<void> {
  if (await readFile(file, 'utf8').catch(() => '') !== text) await writeFile(file, text);
}

/** The target a unit belongs to, derived from the name of its object file. */
export function targetOf(unit: Unit): string {
  return path.basename(unit.output).split('.')[0]!;
}

/** What must exist before a unit is compiled, such as generated headers. */
export async function orderOnly(release: string, output: string): Promise<readonly string[]> {
  const { stdout } = await run('ninja', ['-C', release, '--quiet', '-t', 'query', output]);
  return [...stdout.matchAll(/^ +\|\| (\S+)$/gm)].map((match) => match[1]!);
}

/**
 * Runs a program without address space randomization if this user is allowed
 * to. V8 11 orders parts of a snapshot by address.
 */
const FIXED = '$$(setarch -R true 2>/dev/null && echo setarch -R)';

/** A build ID would depend on the location of the sysroot, even if all else is the same. */
const ALIKE = '-Wl,--build-id=none';

/**
 * Writes the relink lane's ninja file. It consists of Node's own graph, which
 * compiles the units, and the steps that differ. The executable defines the
 * units' symbols itself, so the dynamic linker binds the library's calls to
 * them. The snapshot is built again, because it refers to C++ callbacks by
 * index in a table that a new method shifts.
 * @returns the objects that put back what the base leaves out
 */
export async function writeGraph(
  line: Line,
  tools: Toolchain,
  graph: string,
  units: readonly Unit[],
  chosen: readonly Unit[],
): Promise<readonly string[]> {
  const { release, sysroot, tree } = linePaths(line.name);
  const [library, ...files] = await linkedFiles(tools);
  const builtins = chosen.find((unit) => unit.file === JAVASCRIPT)!;
  const generated = (await orderOnly(release, builtins.output)).join(' ');
  // The path of a file in ninja's commands. Generated files are in the build folder.
  const named = (file: string) => (file.startsWith('gen/') ? file : `../../${file}`);
  const compile = (file: string, target: string, from = named(file), define = '') => {
    const output = `relink/${path.basename(from, '.cc')}.o`;
    const command = redirected(units, file, target, output).replaceAll(` ${named(file)} `, ` ${from} `);
    // Data does not benefit from optimization, which makes its compilation take
    // three times as long.
    const fit = from.startsWith('../') || from === RESTORED ? command : command.replace(/ -O\d /, ' -O0 ');
    // Without optimization, the names of headers stay in the object. They must
    // not depend on the location of the sysroot.
    const mapped = ` -fmacro-prefix-map=${sysroot}=`;
    return `build ${output}: relink_compile ${from} || ${generated}\n  command = ${fit}${mapped}${define}\n`;
  };
  // In older lines, configure leaves this out of shared builds. Without it, the
  // functions in the snapshot are compiled again when they are called, and V8
  // 11 then uses the wrong variables in class field initializers.
  const mksnapshot = compile(
    'tools/snapshot/node_mksnapshot.cc', 'node_mksnapshot', undefined, ' -DNODE_USE_NODE_CODE_CACHE=1');
  // A library that is built without a snapshot has the stub instead.
  const snapshot = ['gen/node_snapshot.cc', 'src/node_snapshot_stub.cc']
    .find((file) => units.some((unit) => unit.file === file && targetOf(unit) === 'libnode')) ?? '';
  const own = targetOf(builtins);
  const replaced = units.find((unit) => targetOf(unit) === own && isReplaced(tree, unit.file));
  const restored = replaced && compile(replaced.file, own, RESTORED, ` ${await metadataSize(library!)}`);
  const ioUring = await asksForIoUring(tree) ? compile(CREDENTIALS, own, IO_URING) : undefined;
  const putBack = [
    ...restored === undefined ? [] : ['relink/restored.o'],
    ...ioUring === undefined ? [] : ['relink/io_uring.o'],
  ];
  const objects = [
    ...chosen.filter((unit) => unit !== builtins).map((unit) => unit.output),
    'relink/node_javascript.o',
    ...putBack,
  ].join(' ');
  const text = `include ${graph}

rule relink_compile
  command = $command
  description = CXX $out
  depfile = $out.d
  deps = gcc

rule relink_link
  command = $cc -B${tools.libraries} ${tools.ldflags} ${ALIKE} -pthread -rdynamic -o $out $in ${library} -Wl,--as-needed ${files.join(' ')}
  description = LINK $out

rule relink_snapshot
  command = ${FIXED} $in $out.partial && mv $out.partial $out
  description = SNAPSHOT $out

${compile(JAVASCRIPT, own)}
${restored ?? ''}
${ioUring ?? ''}
${compile('src/node_main.cc', 'node')}
${compile('src/node_snapshot_stub.cc', 'node_mksnapshot')}
${mksnapshot}
build relink/node_mksnapshot: relink_link relink/node_mksnapshot.o relink/node_snapshot_stub.o ${objects}
build relink/node_snapshot.cc: relink_snapshot relink/node_mksnapshot
${compile(snapshot, 'libnode', 'relink/node_snapshot.cc')}
build relink/node: relink_link relink/node_main.o relink/node_snapshot.o ${objects}
`;
  await writeChanged(path.join(release, 'relink.ninja'), text);
  return putBack;
}
