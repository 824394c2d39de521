import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { download, privateApt, source, unpackSource, update } from './apt.ts';
import { fetchCheckout } from './checkout.ts';
import { isLinked, type Line, type LinkedLine } from './config.ts';
import { UserError } from './errors.ts';
import { Repository } from './git.ts';
import { refuseOwnWork } from './ownwork.ts';
import { type LinePaths, linePaths, out, shown } from './paths.ts';
import { requireNoRebase } from './rebase-state.ts';
import { say } from './report.ts';
import { restoreStripped } from './restore.ts';
import { run } from './run.ts';
import { prepareTree, startFork } from './tree.ts';

/** What a line's base is, as fetched. */
export interface BaseRecord {
  /** Changes when fetched folders are laid out differently, which makes them anew. */
  readonly layout: number;
  /** Of a suite, the source package's version, which the library's equals; else the release's, as 22.23.3. */
  readonly version: string;
  /** The suite, or the address and tag in a repository. */
  readonly origin: string;
  /** What the line was rebased onto, as it was named, where no release's or suite's own record says it. */
  readonly onto?: string | undefined;
  /** Set where the tree holds no more than Node's lib/, as official binaries have it inside. */
  readonly part?: 'lib';
  /** The flags for Node's configure. */
  readonly configure: readonly string[];
  /** The base commit of the fork tree. */
  readonly commit: string;
  /** Dates the commits of the fork tree, so that they come out equal everywhere. */
  readonly date: string;
}

export const LAYOUT = 3;

/** Where a line's base comes from, as its record names it. */
export function originOf({ base }: Line): string {
  return base.from === 'suite' ? base.suite : `${base.repository} ${base.ref}`;
}

/** What the downloads, the sysroot, the fork tree and a build take, in bytes. */
const SPACE = 1.4e9;

/** The bytes that the files below a folder take; none where it is not there. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries.filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/**
 * Looks before long work whether there is room for what it leaves.
 * @param present the folder of what an earlier run has left already
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

/** The flags the base's own package is configured with, less those that would read builtins from outside. */
async function configureFlags(tree: string): Promise<readonly string[]> {
  const recipe = 'bindery-flags: ; @echo $(DEB_CONFIGURE_EXTRA_FLAGS)';
  const { stdout } = await run('make', ['-s', '-f', 'debian/rules', `--eval=${recipe}`, 'bindery-flags'], { cwd: tree });
  const flags = stdout.trim().split(/\s+/).filter((flag) => !/^--(verbose$|shared-builtin-)/.test(flag));
  if (!flags.includes('--shared')) {
    throw new UserError('the base\'s debian/rules does not say how it is configured',
                        'tools/fetch.ts must learn where the flags are now');
  }
  return flags;
}

/** Node's version, such as 24.21.0, in the version of Debian's package. */
export function nodeVersion(packageVersion: string): string {
  const match = /^(?:\d+:)?(\d+\.\d+\.\d+)/.exec(packageVersion);
  if (match === null) {
    throw new UserError(`the package version ${packageVersion} names no Node release`,
                        'check lines.json: base.source');
  }
  return match[1]!;
}

/** The record of a line's base, or undefined where it must be fetched. */
export async function readBase(line: Line): Promise<BaseRecord | undefined> {
  const paths = linePaths(line.name);
  try {
    const record = JSON.parse(await readFile(paths.base, 'utf8')) as BaseRecord;
    const whole = existsSync(path.join(paths.tree, '.git')) && (!isLinked(line) || existsSync(paths.sysroot));
    return whole && record.layout === LAYOUT && record.origin === originOf(line) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Libraries and builtins that Node is built with, less those only tests or manuals need. */
function sysrootPackages(buildDepends: readonly string[], library: string): readonly string[] {
  const wanted = buildDepends
    .filter((entry) => !/<!(nocheck|nodoc)>|:native/.test(entry))
    .map((entry) => entry.split(/[\s([]/)[0]!)
    .filter((name) => /^(lib[\w.+-]+|zlib1g)-dev$|^node-/.test(name));
  return [...new Set(wanted), 'libc6-dev', library];
}

/** The library must be built from the very source that is patched; its own version may be a rebuild's. */
async function requireSource(packages: readonly string[], library: string, version: string): Promise<void> {
  const file = packages.find((name) => path.basename(name).startsWith(`${library}_`)) ?? '';
  const { stdout } = await run('dpkg-deb', ['--show', '--showformat=${source:Version}', file]);
  if (stdout.trim() === version) return;
  throw new UserError(`the suite holds the source of ${version} and ${library} of ${stdout.trim()}`,
                      'its builds are still under way: run again in some hours, or use another mirror');
}

async function makeSysroot(packages: readonly string[], sysroot: string): Promise<void> {
  const partial = `${sysroot}.partial`;
  // Packages of a merged-/usr suite leave these links to another package.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(path.join(partial, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, path.join(partial, name));
  }
  for (const file of packages) await run('dpkg-deb', ['-x', file, partial]);
  await rm(sysroot, { recursive: true, force: true });
  await rename(partial, sysroot);
}

async function makeTree(
  tree: string,
  version: string,
  restored: readonly string[],
): Promise<{ commit: string; date: string }> {
  const repository = new Repository(tree);
  const changelog = await run('dpkg-parsechangelog', ['-l', path.join(tree, 'debian', 'changelog'), '-S', 'Timestamp']);
  const date = `${changelog.stdout.trim()} +0000`;
  await repository.git(['init', '--quiet', '--initial-branch=fork']);
  await prepareTree(repository);
  await repository.git(['add', '--all', '--force', '--', '.', ':!.pc']);
  const message = `deps: import nodejs ${version}\n\nPut back: ${restored.join(', ')}.\n`;
  const commit = await repository.commitIndex(message, [], date);
  await startFork(repository, commit);
  return { commit, date };
}

/**
 * Fetches a line's base: its source as the fork tree's base commit, and where
 * it comes from a suite the libraries and headers of that version it is linked
 * with (sysroot). What is there already is not fetched again.
 */
export async function fetchBase(line: Line): Promise<BaseRecord & { did: string }> {
  const present = await readBase(line);
  if (present !== undefined) return { ...present, did: `${present.version} is here, nothing to download` };
  requireNoRebase(line.name);
  const paths = linePaths(line.name);
  if (existsSync(path.join(paths.tree, '.git'))) await refuseOwnWork(new Repository(paths.tree));
  if (isLinked(line)) return fetchSuite(line, paths);
  const fetched = await fetchCheckout(line, paths.tree);
  const record = await writeBase(paths, { ...fetched, layout: LAYOUT, origin: originOf(line), configure: [] });
  return { ...record, did: `${record.version}, its whole source` };
}

/** Records what was fetched, last, so that what was cut off is fetched again. */
async function writeBase(paths: LinePaths, record: BaseRecord): Promise<BaseRecord> {
  await mkdir(paths.dir, { recursive: true });
  await writeFile(`${paths.base}.partial`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${paths.base}.partial`, paths.base);
  return record;
}

/** Fetches the base of a line that a suite has, at the version that the suite has now. */
export async function fetchSuite(line: LinkedLine, paths: LinePaths): Promise<BaseRecord & { did: string }> {
  const { suite, source: name, library, major } = line.base;
  const log = (step: string) => path.join(paths.logs, `fetch-${step}.log`);
  // What a run that was cut off has left is made again, and its room is needed.
  const whole = existsSync(paths.base) ? [] : [paths.sysroot, paths.tree];
  for (const left of [`${paths.sysroot}.partial`, `${paths.tree}.partial`, ...whole]) {
    await rm(left, { recursive: true, force: true });
  }
  await requireSpace(paths.dir, path.join(out, 'cache', line.base.suite));
  const apt = await privateApt(suite);
  await update(apt, log('update'));
  const { version, buildDepends } = await source(apt, name);
  if (Number(nodeVersion(version).split('.')[0]) !== major) {
    throw new UserError(`${suite} now holds ${name} ${version}, which is not of the line ${line.name}`,
                        'change lines.json: base.suite');
  }
  say(`${name} ${version} from ${suite}`);
  const packages = await download(apt, sysrootPackages(buildDepends, library), log('download'));
  await requireSource(packages, library, version);
  say(`${packages.length} packages for the sysroot`);
  // From here on the old parts go, so what is recorded of them must not stay.
  await rm(paths.base, { force: true });
  await makeSysroot(packages, paths.sysroot);

  const partial = `${paths.tree}.partial`;
  await unpackSource(apt, name, version, partial, log('source'));
  const restored = await restoreStripped(paths.sysroot, partial);
  say(`put back ${restored.join(', ')}`);
  const flags = await configureFlags(partial);
  const { commit, date } = await makeTree(partial, version, restored);
  await rm(paths.tree, { recursive: true, force: true });
  await rename(partial, paths.tree);
  const record = await writeBase(paths, { layout: LAYOUT, version, origin: suite, configure: flags, commit, date });
  const files = (await readdir(paths.tree)).length;
  return { ...record, did: `${version} (${files} entries in the tree)` };
}
