import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import { loadProposals } from '../core/proposals.ts';
import { remove } from '../core/remove.ts';
import { run } from '../core/run.ts';
import type { IncludeGraph } from './includes.ts';
import { otherLayouts, type Structure, structuresIn } from './layout.ts';
import type { Unit } from './relink-graph.ts';
import { hasRestored, REPLACED, RESTORED, WITHOUT } from './restored.ts';

type Structures = ReadonlyMap<string, Structure>;

/** Incremented when structures are compared in another way. */
const FORMAT = 1;

/** The unit whose flags all others have too. */
const UNIT = 'src/node_builtins.cc';

/** Puts the base's own headers into a folder, unless they are there. */
async function takeHeaders(tree: string, commit: string, folder: string): Promise<void> {
  const stamp = path.join(folder, 'commit');
  if (await readFile(stamp, 'utf8').catch(() => '') === commit) return;
  await remove(folder);
  await mkdir(folder, { recursive: true });
  const archive = path.join(folder, 'src.tar');
  await new Repository(tree).git(['archive', `--output=${archive}`, commit, 'src']);
  await run('tar', ['-xf', archive, '-C', folder]);
  await remove(archive);
  await writeFile(stamp, commit);
}

/** What the compiler sees of Node's own structures in a source. */
async function seen(
  release: string,
  unit: Unit,
  source: string,
  change: (command: string) => string,
): Promise<Structures> {
  const plain = unit.command.replace(/ -MMD -MF \S+/, '').replace(/ -c \S+ -o \S+$/, '');
  const command = `${change(plain)} -E ${source}`;
  const { stdout } = await run('sh', ['-c', command], { cwd: release });
  return structuresIn(stdout, (file) => /(^|\/)src\/[\w./-]+\.h$/.test(file) && !file.startsWith('/'));
}

/** Which structures the units of ours see otherwise than the library was compiled with, and in which header. */
async function differing(
  tree: string,
  release: string,
  base: BaseRecord,
  unit: Unit,
  chosen: readonly Unit[],
  graph: IncludeGraph,
): Promise<ReadonlyMap<string, string>> {
  const folder = path.join(release, 'relink', 'layouts');
  const library = path.join(folder, 'library');
  await takeHeaders(tree, base.commit, library);
  const files = await readdir(path.join(library, 'src'), { recursive: true });
  const headers = new Set(files.filter((file) => file.endsWith('.h')).map((file) => `src/${file}`));
  const probe = async (name: string, sources: readonly string[]) => {
    const named = new Set(sources.flatMap((source) => graph.named(source, headers)));
    await writeFile(path.join(folder, name), [...named].map((file) => `#include "${file.slice(4)}"\n`).join(''));
    return `relink/layouts/${name}`;
  };
  const sources = chosen.map(({ file }) => file).filter((file) => file.startsWith('src/'));
  const isRestored = hasRestored(tree);
  const all = await probe('library.cc', [...sources, ...isRestored ? REPLACED : []]);
  const theirs = (command: string) =>
    `${command.replaceAll(' -I../../src ', ' -Irelink/layouts/library/src ')}${isRestored ? WITHOUT : ''}`;
  const same = (command: string) => command;
  const [there, ...here] = await Promise.all([
    seen(release, unit, all, theirs),
    seen(release, unit, await probe('ours.cc', sources), same),
    ...isRestored ? [seen(release, unit, RESTORED, same)] : [],
  ]);
  return new Map(here.flatMap((ours) => otherLayouts(there, ours)
    .map((name) => [name, ours.get(name)!.file.replace(/^.*?(?=src\/)/, '')] as const)));
}

/** Identifies all that a comparison depends on. */
async function keyOf(
  tree: string,
  base: BaseRecord,
  chosen: readonly Unit[],
  changes: ReadonlySet<string>,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([FORMAT, base.commit, chosen, [...changes]]));
  const files = (await readdir(path.join(tree, 'src'), { recursive: true })).filter((file) => file.endsWith('.h')).sort();
  const own = chosen.map(({ file }) => path.join(tree, file));
  const places = [...files.map((file) => path.join(tree, 'src', file)), RESTORED, ...own];
  for (const text of await Promise.all(places.map((file) => readFile(file).catch(() => '')))) hash.update(text);
  return hash.digest('hex');
}

/**
 * Makes sure that no unit sees another layout of a structure than the library's
 * code does that shares it. A proposal may change a structure that it names, if
 * everything that sees it is compiled here.
 * @throws UserError naming the structure otherwise
 */
export async function requireSameLayouts(
  tree: string,
  release: string,
  base: BaseRecord,
  own: readonly Unit[],
  chosen: readonly Unit[],
  graph: IncludeGraph,
): Promise<void> {
  const unit = own.find(({ file }) => file === UNIT)!;
  const changes = new Set(loadProposals().flatMap(({ layouts = [] }) => layouts));
  const compiled = new Set([...chosen.map(({ file }) => file), ...hasRestored(tree) ? REPLACED : []]);
  const stamp = path.join(release, 'relink', 'layouts', 'same');
  const key = await keyOf(tree, base, chosen, changes);
  if (await readFile(stamp, 'utf8').catch(() => '') === key) return;
  for (const [name, header] of await differing(tree, release, base, unit, chosen, graph)) {
    const others = own.filter(({ file }) => !compiled.has(file) && graph.reached(file, new Set([header])).length > 0);
    if (others.length === 0 && changes.has(name)) continue;
    const why = others.length === 0 ? 'no proposal says that it changes it' : `${others.length} units of the library share it, such as ${others[0]!.file}`;
    throw new UserError(`${name} in ${header} has another layout than in the base's library, and ${why}`,
                        others.length === 0 ?
                          'name it in `layouts` of the proposal in proposals.json, or take the change back' :
                          'take the change back, or build the whole of Node with `make node-full`');
  }
  await writeFile(stamp, key);
}
