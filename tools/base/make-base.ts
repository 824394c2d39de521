import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, statfs, symlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { type LinkedLine, type Recipe } from '../core/lines.ts';
import { arch, out, shown } from '../core/paths.ts';
import { writeRecord } from '../core/record.ts';
import { remove } from '../core/remove.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { triplet } from '../core/system.ts';
import { type BaseRecord, keyOf, LAYOUT, recordOf, sysrootsOf } from './base.ts';
import { obtain } from './files.ts';
import { bindAllLazily } from './lazy-binding.ts';
import { architecture, digestOf, type LockedLine, needed, packagesIn, requireWhole, sourceIn } from './lock.ts';
import { restoreStripped, STRIPPER } from './restore.ts';
import { newTree, startFork } from './tree.ts';

/** The size of the downloads, the sysroot, the fork tree and a build, in bytes. */
const SPACE = 1.4e9;

/** The total size of the files below a folder, or 0 if it does not exist. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries.filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/**
 * Checks that there is enough disk space before long work begins.
 * @param present a folder with what an earlier run has already put there
 */
export async function requireSpace(folder: string, present: string, space = SPACE): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const needed = space - await sizeOf(present);
  if (bavail * bsize >= needed) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new UserError(`the disk that holds ${shown(folder)} has ${gigabytes(bavail * bsize)} free, and ${gigabytes(needed)} are needed`,
                      'free some space there, or name another folder with BINDERY_OUT=<folder>, and run again');
}

/**
 * The flags that the base's own package is configured with, except those that
 * would load builtins from external files, or leave out one that was put back.
 */
async function configureFlags(tree: string, recipe: Recipe | undefined): Promise<readonly string[]> {
  const hasAmaro = existsSync(path.join(tree, STRIPPER));
  return (await packageFlags(tree, recipe)).filter((flag) => !(hasAmaro && flag === '--without-amaro'));
}

async function packageFlags(tree: string, recipe: Recipe | undefined): Promise<readonly string[]> {
  if (recipe !== undefined) {
    const machine = await triplet();
    return recipe.configure.map((flag) => flag.replaceAll('<triplet>', machine).replaceAll('<cpu>', arch));
  }
  const rule = 'bindery-flags: ; @echo $(DEB_CONFIGURE_EXTRA_FLAGS)';
  // The library was built on its own architecture, also where ours is built on another.
  const own = architecture();
  const args = [`-a${own}`, '-c', 'make', '-s', '-f', 'debian/rules', `--eval=${rule}`, `DEB_BUILD_ARCH=${own}`, 'bindery-flags'];
  const { stdout } = await run('dpkg-architecture', args, { cwd: tree });
  const flags = stdout.trim().split(/\s+/).filter((flag) => !/^--(verbose$|shared-builtin-)/.test(flag));
  if (!flags.includes('--shared')) {
    throw new UserError('the base\'s debian/rules does not say how it is configured',
                        'tools/base/make-base.ts must learn where the flags are now');
  }
  return flags;
}

/**
 * Extracts packages into a folder, unless it exists. Debian's libraries bind the functions
 * that they call when they are loaded, which takes a tenth of the time in which Node
 * starts. The official binary does not.
 */
async function makeSysroot(packages: readonly string[], sysroot: string): Promise<void> {
  if (existsSync(sysroot)) return;
  const partial = `${sysroot}.partial`;
  await remove(partial);
  // Packages of a merged-/usr suite leave these links to another package.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(path.join(partial, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, path.join(partial, name));
  }
  for (const file of packages) await run('dpkg-deb', ['-x', file, partial]);
  await bindAllLazily(path.join(partial, 'usr', 'lib'));
  await rename(partial, sysroot);
}

/**
 * The options Debian's own tool applies a package's patches with. Patches for
 * another version may apply with an offset.
 */
const PATCH = ['-p1', '--batch', '--forward', '--unified', '--remove-empty-files', '--no-backup-if-mismatch'];

/** The patches a package has for its source, in order. */
async function seriesIn(folder: string): Promise<readonly string[]> {
  const series = await readFile(path.join(folder, 'series'), 'utf8');
  return series.split('\n').map((line) => line.replace(/\s*#.*/, '').trim().split(/\s/)[0]!).filter((name) => name !== '');
}

/**
 * Unpacks a source package and applies its distribution's patches: the
 * package's own, or those of another version that the recipe names.
 * @param archives the parts of the source package
 * @param into the target folder, which is replaced
 */
async function unpackSource(archives: readonly string[], recipe: Recipe | undefined, into: string): Promise<void> {
  await remove(into);
  const extra = `${into}.debian`;
  await remove(extra);
  const unpack = async (archive: string, folder: string, args: readonly string[]) => {
    await mkdir(folder, { recursive: true });
    await run('tar', ['-xf', archive, '--no-same-owner', '-C', folder, ...args]);
  };
  // The main part goes first, because a component may replace one of its folders.
  const isMain = (archive: string) => Number(/\.orig\.tar/.test(archive));
  for (const archive of [...archives].sort((one, other) => isMain(other) - isMain(one))) {
    const component = /\.orig(?:-([\w-]+))?\.tar/.exec(archive);
    if (component !== null) await unpack(archive, path.join(into, component[1] ?? ''), ['--strip-components=1']);
    else await unpack(archive, recipe === undefined ? into : extra, []);
  }
  const patches = path.join(recipe === undefined ? into : extra, 'debian', 'patches');
  for (const name of recipe?.patches ?? await seriesIn(patches)) {
    await run('patch', [...PATCH, `--fuzz=${recipe === undefined ? 0 : 2}`, '-i', path.join(patches, name)], {
      cwd: into,
      todo: 'correct the patches that lines.json names, or lock another version',
    });
  }
  await remove(extra);
}

async function makeTree(
  tree: string,
  { version, date }: LockedLine,
  restored: readonly string[],
): Promise<{ commit: string; date: string }> {
  const stamp = `${Date.parse(date) / 1000} +0000`;
  const repository = await newTree(tree);
  await repository.git(['add', '--all', '--force', '--', '.']);
  const message = `deps: import nodejs ${version}\n\nPut back: ${restored.join(', ')}.\n`;
  const commit = await repository.commitIndex(message, [], stamp);
  await startFork(repository, commit);
  return { commit, date: stamp };
}

/**
 * Creates the base that a lock describes: the sysroot, which has the libraries
 * and headers to link with, and the source as the base commit of a fork tree.
 * @param dir the line's folder, which gets the sysroot
 * @param tree the folder of the tree, which is replaced
 */
export async function makeBase(line: LinkedLine, locked: LockedLine, dir: string, tree: string): Promise<BaseRecord> {
  const { base: { suite, recipe } } = line;
  const { version } = locked;
  requireWhole(line.name, locked);
  // What an interrupted run has left is made again anyway, and takes up space.
  await remove(tree);
  await requireSpace(dir, path.join(out, 'cache'));
  say(`nodejs ${version}, ${needed(locked).length} files`);
  const places = await obtain(needed(locked), locked.date);
  const placesOf = (files: LockedLine['files']) => files.map((file) => places.get(file.path)!);
  const packages = packagesIn(locked, architecture());
  const name = `${digestOf(packages)}-${LAYOUT}`;
  const sysroot = path.join(sysrootsOf(dir), name);
  await makeSysroot(placesOf(packages), sysroot);
  say(`${packages.length} packages for the sysroot`);
  await unpackSource(placesOf(sourceIn(locked)), recipe, tree);
  const restored = await restoreStripped(sysroot, tree, places);
  say(`put back ${restored.join(', ')}`);
  const flags = await configureFlags(tree, recipe);
  const made = await makeTree(tree, locked, restored);
  const lock = keyOf(line, locked);
  const record = { layout: LAYOUT, version, origin: suite, configure: flags, lock, sysroot: name, ...made };
  await writeRecord(recordOf(tree), record);
  return record;
}
