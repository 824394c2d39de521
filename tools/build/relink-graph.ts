import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, shown } from '../core/paths.ts';
import { run } from '../core/run.ts';
import { type Toolchain } from './configure.ts';
import { readDynamic } from './elf.ts';

/** One entry of ninja's compilation database. */
export interface Unit {
  readonly command: string;
  /** Relative to the tree for Node's own sources, to the build folder for generated ones. */
  readonly file: string;
  readonly output: string;
}

/** The builtins' text, generated. Compiled here, it is inside the binary. */
export const JAVASCRIPT = 'gen/node_javascript.cc';

/** A unit's compile command with another output, as a ninja file has it. */
export function commandTo(unit: Unit, output: string): string {
  return unit.command.replaceAll(unit.output, output).replaceAll('$', () => '$$');
}

/** A compile command with another output, for targets whose own order needs all of V8. */
function redirected(units: readonly Unit[], file: string, target: string, output: string): string {
  const unit = units.find((entry) => entry.file === file && targetOf(entry) === target);
  if (unit === undefined) throw new UserError(`node.gyp no longer compiles ${file} for ${target}`, 'tools/build/relink.ts must learn its new name');
  return commandTo(unit, output);
}

/**
 * The very files that the base's library names as what it needs, and the library itself: other
 * versions of them may lie beside, for which the sysroot has headers.
 */
export async function linkedFiles({ libraries }: Toolchain): Promise<readonly string[]> {
  const library = (await readdir(libraries)).find((file) => /^libnode\.so\.\d+$/.test(file));
  if (library === undefined) throw new UserError(`${shown(libraries)} has no libnode.so`, 'correct base.library in lines.json, and lock the base again');
  const { stdout } = await run('readelf', ['--dynamic', '--wide', path.join(libraries, library)]);
  const { needed } = readDynamic(stdout);
  return [library, ...needed.filter((name) => !name.startsWith('ld-linux'))].map((name) => path.join(libraries, name));
}

/** V8's own parts, in ninja's names; the headers that V8's inspector generates are Node's to include. */
const V8_PART = /^obj\/tools\/v8_gypfiles\/(?!v8_inspector_headers)|^gen\/(generate-bytecode|src\/regexp\/|debug-support)/;

/**
 * A target's ninja file with V8 taken out of what must be built before its
 * units: some lines have them wait for all of it, though they only include
 * headers that are there.
 */
export function withoutV8(text: string): string {
  return text.replace(/^build \S+_depends\.stamp: stamp((?: +\$\n +| +)\S+)+$/gm, (statement) => {
    const [head, ...inputs] = statement.replaceAll('$\n', ' ').split(/\s+(?!stamp )/);
    return [head, ...inputs.filter((input) => input !== '' && !V8_PART.test(input))].join(' ');
  });
}

/** Writes Node's graph again with one target's units free of V8; returns the file's name. */
export async function writeBaseGraph(release: string, target: string): Promise<string> {
  const name = 'relink-base.ninja';
  const part = `obj/${target}.ninja`;
  const own = `obj/relink-${target}.ninja`;
  const graph = await readFile(path.join(release, 'build.ninja'), 'utf8');
  if (!graph.includes(`subninja ${part}\n`)) {
    throw new UserError(`node's graph has no target ${target} any more`, 'tools/build/relink.ts must learn its new name');
  }
  await writeChanged(path.join(release, own), withoutV8(await readFile(path.join(release, part), 'utf8')));
  await writeChanged(path.join(release, name), graph.replace(`subninja ${part}\n`, `subninja ${own}\n`));
  return name;
}

/** Writes a file where its text differs, so that nothing that depends on it is redone for nothing. */
export async function writeChanged(file: string, text: string): Promise<void> {
  if (await readFile(file, 'utf8').catch(() => '') !== text) await writeFile(file, text);
}

/** The target that a unit belongs to, by the name of its object. */
export function targetOf(unit: Unit): string {
  return path.basename(unit.output).split('.')[0]!;
}

/** What must exist before a unit is compiled, generated headers among it. */
export async function orderOnly(release: string, output: string): Promise<readonly string[]> {
  const { stdout } = await run('ninja', ['-C', release, '--quiet', '-t', 'query', output]);
  return [...stdout.matchAll(/^ +\|\| (\S+)$/gm)].map((match) => match[1]!);
}

/**
 * Runs a program with its memory at the same places each time, where this user
 * may: V8 11 orders parts of a snapshot by their addresses.
 */
const FIXED = '$$(setarch -R true 2>/dev/null && echo setarch -R)';

/** A hash of the whole would differ with the sysroot's place, where all else is the same. */
const ALIKE = '-Wl,--build-id=none';

/**
 * Writes the ninja file of the relink lane: Node's own graph, which compiles
 * the units, and the steps that differ from it. The executable defines the
 * units' symbols itself, so the dynamic linker binds the library's calls to
 * them. The snapshot is made anew, since it names C++ callbacks by their place
 * in a table that a new method moves.
 */
export async function writeGraph(
  line: Line,
  tools: Toolchain,
  graph: string,
  units: readonly Unit[],
  chosen: readonly Unit[],
): Promise<void> {
  const { release, sysroot } = linePaths(line.name);
  const [library, ...files] = await linkedFiles(tools);
  const builtins = chosen.find((unit) => unit.file === JAVASCRIPT)!;
  const generated = (await orderOnly(release, builtins.output)).join(' ');
  // What ninja's commands call a file: generated ones lie in the build folder.
  const named = (file: string) => (file.startsWith('gen/') ? file : `../../${file}`);
  const compile = (file: string, target: string, from = named(file), define = '') => {
    const output = `relink/${path.basename(from, '.cc')}.o`;
    const command = redirected(units, file, target, output).replaceAll(` ${named(file)} `, ` ${from} `);
    // Data gains nothing from the optimizer, which takes three times as long over it.
    const fit = from.startsWith('../') ? command : command.replace(/ -O\d /, ' -O0 ');
    // Without optimization, names of headers stay in: they must be the same wherever the sysroot is.
    const mapped = ` -fmacro-prefix-map=${sysroot}=`;
    return `build ${output}: relink_compile ${from} || ${generated}\n  command = ${fit}${mapped}${define}\n`;
  };
  // Older lines' configure leaves it out of shared builds. Without it the
  // snapshot's functions are compiled anew when they are called, and V8 11
  // then takes the wrong variables for those in initializers of class fields.
  const mksnapshot = compile(
    'tools/snapshot/node_mksnapshot.cc', 'node_mksnapshot', undefined, ' -DNODE_USE_NODE_CODE_CACHE=1');
  // Where the library is built without a snapshot, it has the stub instead.
  const snapshot = ['gen/node_snapshot.cc', 'src/node_snapshot_stub.cc']
    .find((file) => units.some((unit) => unit.file === file && targetOf(unit) === 'libnode')) ?? '';
  const javascript = compile(JAVASCRIPT, targetOf(builtins));
  const objects = [
    ...chosen.filter((unit) => unit !== builtins).map((unit) => unit.output),
    'relink/node_javascript.o',
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

${javascript}
${compile('src/node_main.cc', 'node')}
${compile('src/node_snapshot_stub.cc', 'node_mksnapshot')}
${mksnapshot}
build relink/node_mksnapshot: relink_link relink/node_mksnapshot.o relink/node_snapshot_stub.o ${objects}
build relink/node_snapshot.cc: relink_snapshot relink/node_mksnapshot
${compile(snapshot, 'libnode', 'relink/node_snapshot.cc')}
build relink/node: relink_link relink/node_main.o relink/node_snapshot.o ${objects}
`;
  await writeChanged(path.join(release, 'relink.ninja'), text);
}
