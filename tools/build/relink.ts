import { copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion, removeOldSysroots } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, shown } from '../core/paths.ts';
import { say, step } from '../core/report.ts';
import { run } from '../core/run.ts';
import { configure, type Toolchain, toolchain } from './configure.ts';
import { readDynamic } from './elf.ts';
import { IncludeGraph } from './includes.ts';

/** One entry of ninja's compilation database. */
export interface Unit {
  readonly command: string;
  /** Relative to the tree for Node's own sources, to the build folder for generated ones. */
  readonly file: string;
  readonly output: string;
}

/** Files whose change this lane carries; anything else reaches code it does not compile. */
const CARRIED = /^(lib|test|doc|tools\/doc|benchmark|typings)\/|^src\/.*\.(cc|c|h|inc|md)$|^node\.gyp$/;

/** Headers that native addons are compiled against. */
const PUBLIC =
  /^src\/(js_native_api|js_native_api_types|node|node_api|node_api_types|node_buffer|node_object_wrap|node_version)\.h$/;

/** The builtins' text, generated. Compiled here, it is inside the binary. */
const JAVASCRIPT = 'gen/node_javascript.cc';

/** Units of the library that hold and load the builtins. */
const BUILTINS = ['src/node_builtins.cc', JAVASCRIPT];

async function changedFiles(tree: string, base: BaseRecord): Promise<readonly string[]> {
  const repository = new Repository(tree);
  const tracked = await repository.git(['diff', '--name-only', base.commit]);
  const untracked = await repository.git(['ls-files', '--others', '--exclude-standard']);
  return `${tracked}${untracked}`.split('\n').filter((file) => file !== '');
}

async function compilationDatabase(release: string): Promise<readonly Unit[]> {
  const { stdout } = await run('ninja', ['-C', release, '--quiet', '-t', 'compdb', 'cc', 'cxx']);
  const entries = JSON.parse(stdout) as Unit[];
  return entries.map(({ command, file, output }) => ({ command, output, file: file.replace(/^\.\.\/\.\.\//, '') }));
}

/**
 * The units of Node's library that must be compiled: those that changed, those
 * whose includes reach a changed file, and the builtins.
 * @throws UserError where a change reaches what this lane does not compile
 */
export function unitsToCompile(
  units: readonly Unit[],
  changed: readonly string[],
  graph: IncludeGraph,
): readonly Unit[] {
  const outside = changed.find((file) => !CARRIED.test(file));
  if (outside !== undefined) {
    throw new UserError(`the relink lane cannot carry a change to ${outside}: the base's library was compiled without it`,
                        'leave that file as it is, or build the whole of Node with `make node-full`');
  }
  const sources = new Set(changed.filter((file) => /^src\/.*\.(cc|c|h|inc)$/.test(file)));
  // Generated units and headers lie in the build folder.
  const place = (file: string) => file.replace(/^gen\//, 'out/Release/gen/');
  const chosen = units.filter(({ file }) => BUILTINS.includes(file) || graph.reached(place(file), sources).length > 0);
  const compiled = new Set(chosen.map((unit) => unit.file));
  for (const source of sources) {
    if (!/\.cc?$/.test(source) || compiled.has(source)) continue;
    throw new UserError(`${source} is in no list of node.gyp`, 'list it in node_sources there, by a hook; a file of the base cannot be removed in this lane');
  }
  const headers = [...sources].filter((file) => file.endsWith('.h'));
  const foreign = headers.find((header) => PUBLIC.test(header));
  if (foreign !== undefined) {
    throw new UserError(`the relink lane cannot carry a change to ${foreign}: native addons are compiled against it`,
                        'leave that header as it is, or build the whole of Node with `make node-full`');
  }
  for (const builtin of BUILTINS) {
    if (!compiled.has(builtin)) throw new UserError(`node.gyp has no ${builtin} any more`, 'tools/build/relink.ts must learn its new name');
  }
  return chosen;
}

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
async function writeBaseGraph(release: string, target: string): Promise<string> {
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
function targetOf(unit: Unit): string {
  return path.basename(unit.output).split('.')[0]!;
}

/** What must exist before a unit is compiled, generated headers among it. */
async function orderOnly(release: string, output: string): Promise<readonly string[]> {
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
async function writeGraph(
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

/** Whether the binary at the line's place is the one that was built last. */
async function same(built: string, installed: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(built), stat(installed).catch(() => undefined)]);
  // A copy's times are set to the millisecond, more or less.
  return other !== undefined && Math.abs(one.mtimeMs - other.mtimeMs) < 2 && one.size === other.size;
}

/** Puts the built binary at the line's place, in one move. */
async function install(from: string, to: string): Promise<void> {
  const { atime, mtime } = await stat(from);
  const partial = `${to}.partial`;
  await mkdir(path.dirname(to), { recursive: true });
  await rm(partial, { force: true });
  await copyFile(from, partial);
  await utimes(partial, atime, mtime);
  await rename(partial, to);
}

/**
 * Starts the binary once. It must be of the base's version, and its builtins
 * must be ours: where a unit is missing, the library's own take its place
 * without a word.
 */
export async function check(node: string, base: BaseRecord): Promise<void> {
  const todo = 'run `make clean` and `make node`';
  const script = 'process.version + " " + process.config.variables.bindery_base';
  const cause = (output: string) => /^\w*Error\b.*$/m.exec(output)?.[0];
  const { stdout } = await run(node, ['-p', script], { todo, cause, stall: 60 });
  const expected = `v${nodeVersion(base.version)} ${base.version}`;
  if (stdout.trim() !== expected) {
    throw new UserError(`the binary says it is "${stdout.trim()}", not "${expected}"`, todo);
  }
}

/**
 * Runs ninja in the line's build folder. It holds a lock of its own: after a
 * run that was killed, the compilers it started may still be writing.
 */
export async function ninja(line: Line, args: readonly string[]): Promise<void> {
  const { release, logs } = linePaths(line.name);
  const lock = path.join(release, 'bindery-lock');
  await run('flock', ['-w', '120', '-E', '75', lock, 'ninja', '-C', release, ...args], {
    log: path.join(logs, `build-${args[1]}.log`),
    progress: (text) => (/^\[.*\] (CXX|LINK|SNAPSHOT|FAILED)/.test(text) ? text : undefined),
    env: { NINJA_STATUS: '[%f/%t] ' },
    cause: (output) => /^(.*\b(error|\w*Error): .*|Failed to write .*)$/m.exec(output)?.[0],
  });
}

/** Builds a line's binary in its fork tree, over the base's library, and leaves it there. */
export async function build(line: Line, base: BaseRecord): Promise<{ built: string; units: readonly Unit[] }> {
  if (base.onto !== undefined) {
    throw new UserError(`${line.name} stands on ${base.onto}, which came without a library to link with`,
                        `build the whole of Node with \`make node-full LINE=${line.name}\`, or go back with \`make rebase LINE=${line.name} ONTO=${base.origin}\``);
  }
  const { tree, sysroot, release } = linePaths(line.name);
  const tools = await toolchain(sysroot);
  await step(`configure ${line.name}`, () => configure(line, base, tools));
  const changed = await changedFiles(tree, base);
  const units = await compilationDatabase(release);
  const own = units.filter((unit) => /^(src|gen)\//.test(unit.file) && /^obj\/(src|gen)\/.*(node_base|libnode)\./.test(unit.output));
  const javascript = own.find((unit) => unit.file === JAVASCRIPT);
  if (javascript === undefined) throw new UserError(`node.gyp has no ${JAVASCRIPT} any more`, 'tools/build/relink.ts must learn its new name');
  const graph = await writeBaseGraph(release, targetOf(javascript));
  // What is generated includes files of ours too, so it must be there to be read.
  await ninja(line, ['-f', graph, ...await orderOnly(release, javascript.output)]);
  const chosen = unitsToCompile(own, changed, new IncludeGraph(tree, ['src', 'out/Release/gen', 'out/Release/gen/src']));
  await writeGraph(line, tools, graph, units, chosen);
  await ninja(line, ['-f', 'relink.ninja', 'relink/node']);
  return { built: path.join(release, 'relink', 'node'), units: chosen };
}

/**
 * Puts a binary that was built at its place, unless it is there, and only if it starts: what
 * it is linked with may have been damaged since.
 * @returns a clause that says where it is
 */
export async function deliver(built: string, node: string, base: BaseRecord): Promise<string> {
  await check(built, base);
  if (await same(built, node)) return `${shown(node)} is up to date`;
  await install(built, node);
  return shown(node);
}

/** Builds a line's binary from its fork tree and puts it at the line's place. */
export async function relink(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const { built, units } = await build(line, base);
  const { dir, node } = linePaths(line.name);
  const did = await deliver(built, node, base);
  await removeOldSysroots(dir, base);
  say(`${units.length} units of Node: ${units.map(({ file }) => path.basename(file)).join(', ')}`);
  return { did };
}
