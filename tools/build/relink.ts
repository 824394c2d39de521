import path from 'node:path';
import { type BaseRecord, removeOldSysroots } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { say, step } from '../core/report.ts';
import { run } from '../core/run.ts';
import { deliver } from './binary.ts';
import { cached, cacheSettings } from './ccache.ts';
import { configure, toolchain } from './configure.ts';
import { IncludeGraph } from './includes.ts';
import { type Unit, JAVASCRIPT, orderOnly, targetOf, writeBaseGraph, writeGraph } from './relink-graph.ts';
import { isReplaced } from './restored.ts';
import { requireSameLayouts } from './same-layout.ts';

/** Files that may differ from the base. Any others would affect code that is not compiled here. */
const CARRIED = /^(lib|test|doc|tools\/doc|benchmark|typings)\/|^src\/.*\.(cc|c|h|inc|md)$|^node\.gyp$/;

/** Headers that native addons are compiled against. */
const PUBLIC =
  /^src\/(js_native_api|js_native_api_types|node|node_api|node_api_types|node_buffer|node_object_wrap|node_version)\.h$/;

/** Units of the library that contain and load the builtins. */
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
 * The units of Node's library that must be compiled: those that have changed,
 * those whose includes reach a changed file, and the builtins.
 * @throws UserError if a change affects code that is not compiled here
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
  // Generated units and headers are in the build folder.
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

/**
 * Runs ninja in the line's build folder. It holds a separate lock, because
 * after a run was killed, the compilers it started may still be writing.
 */
export async function ninja(line: Line, args: readonly string[]): Promise<void> {
  const { release, logs } = linePaths(line.name);
  const lock = path.join(release, 'bindery-lock');
  await run('flock', ['-w', '120', '-E', '75', lock, 'ninja', '-C', release, ...args], {
    log: path.join(logs, `build-${args[1]}.log`),
    progress: (text) => (/^\[.*\] (CXX|LINK|SNAPSHOT|FAILED)/.test(text) ? text : undefined),
    env: { ...cacheSettings(), NINJA_STATUS: '[%f/%t] ' },
    cause: (output) => /^(.*\b(error|\w*Error): .*|Failed to write .*)$/m.exec(output)?.[0],
  });
}

/**
 * Builds a line's binary in its fork tree, on top of the base's library, without installing it.
 * @param isCached whether units that were compiled before are taken from ccache
 */
export async function build(
  line: Line,
  base: BaseRecord,
  isCached = false,
): Promise<{ built: string; units: readonly Unit[]; putBack: readonly string[] }> {
  if (base.onto !== undefined) {
    throw new UserError(`${line.name} stands on ${base.onto}, which came without a library to link with`,
                        `build the whole of Node with \`make node-full LINE=${line.name}\`, or go back with \`make rebase LINE=${line.name} ONTO=${base.origin}\``);
  }
  const { tree, sysroot, release } = linePaths(line.name);
  const plain = await toolchain(sysroot);
  const tools = isCached ? cached(plain) : plain;
  await step(`configure ${line.name}`, () => configure(line, base, tools));
  const changed = await changedFiles(tree, base);
  const units = await compilationDatabase(release);
  const own = units.filter((unit) => /^(src|gen)\//.test(unit.file) && /^obj\/(src|gen)\/.*(node_base|libnode)\./.test(unit.output));
  const javascript = own.find((unit) => unit.file === JAVASCRIPT);
  if (javascript === undefined) throw new UserError(`node.gyp has no ${JAVASCRIPT} any more`, 'tools/build/relink.ts must learn its new name');
  const graph = await writeBaseGraph(release, targetOf(javascript));
  // Generated files can include our files too, so they must exist before includes are read.
  await ninja(line, ['-f', graph, ...await orderOnly(release, javascript.output)]);
  const includes = new IncludeGraph(tree, ['src', 'out/Release/gen', 'out/Release/gen/src']);
  const chosen = unitsToCompile(own, changed, includes).filter(({ file }) => !isReplaced(tree, file));
  await requireSameLayouts(tree, release, base, own, chosen, includes);
  const putBack = await writeGraph(line, tools, graph, units, chosen);
  await ninja(line, ['-f', 'relink.ninja', 'relink/node']);
  return { built: path.join(release, 'relink', 'node'), units: chosen, putBack };
}

/** Builds a line's binary from its fork tree, as build() does, and installs it. */
export async function relink(line: Line, base: BaseRecord, isCached = false): Promise<{ did: string; units: number }> {
  const { built, units } = await build(line, base, isCached);
  const { dir, node } = linePaths(line.name);
  const did = await deliver(built, node, base);
  await removeOldSysroots(dir, base);
  say(`${units.length} units of Node: ${units.map(({ file }) => path.basename(file)).join(', ')}`);
  return { did, units: units.length };
}
