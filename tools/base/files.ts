import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { out, shown } from '../core/paths.ts';
import { remove } from '../core/remove.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { sha256 } from '../core/sha256.ts';
import { downloadAll } from './download.ts';
import { LOCK, type LockedFile } from './lock.ts';
import { archiveIn, machinePools, pools } from './mirror.ts';

/** Files fetched by hash, laid out as in their archives. */
const cache = path.join(out, 'cache', 'files');

/** Where files are downloaded to until their hashes have been checked. */
const incoming = path.join(out, 'cache', 'incoming');

/** The archive of all past states of Debian's archive. BINDERY_SNAPSHOT overrides it. */
const DEBIAN = 'debian.org';
const SNAPSHOT = `https://snapshot.${DEBIAN}/archive`;

/**
 * A suite's files are in the archive before its index is signed, and in the
 * next snapshot within this time.
 */
const SNAPSHOT_DELAY = 12 * 3600e3;

/** The hash of a regular file, or undefined if there is none. */
async function hashOf(file: string): Promise<string | undefined> {
  if (!await stat(file).then((found) => found.isFile(), () => false)) return undefined;
  return sha256(file);
}

/** Copies a file into place atomically. */
async function put(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`;
  await mkdir(path.dirname(to), { recursive: true });
  await rm(partial, { force: true });
  await copyFile(from, partial);
  await rename(partial, to);
}

const placeOf = ({ path: file }: LockedFile, folder = cache) => path.join(folder, file);

/** The pools of the archives as they were when a lock's index was signed. */
function snapshots(date: string): readonly string[] {
  const moment = new Date(Date.parse(date) + SNAPSHOT_DELAY).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const archive = archiveIn('BINDERY_SNAPSHOT', 'debian/ and debian-security/') ?? SNAPSHOT;
  const at = (name: string) => `${archive.replace(/\/*$/, '')}/${name}/${moment}`;
  return pools(at('debian'), [at('debian-security')]);
}

/** The files to find, and the results so far. */
class Search {
  /** For each file not found yet, why it was not found in each place. */
  private readonly tried = new Map<LockedFile, string[]>();

  constructor(files: readonly LockedFile[]) {
    for (const file of files) this.tried.set(file, []);
  }

  get missing(): readonly LockedFile[] {
    return [...this.tried.keys()];
  }

  fail(file: LockedFile, why: string): void {
    this.tried.get(file)!.push(why);
  }

  /** Takes a file from a place if its hash matches. */
  async take(file: LockedFile, from: string, name: string): Promise<void> {
    const hash = await hashOf(from);
    if (hash === file.sha256) {
      if (from !== placeOf(file)) await put(from, placeOf(file));
      this.tried.delete(file);
    } else if (hash !== undefined) {
      this.fail(file, `${name} has another (sha256 ${hash.slice(0, 12)}...)`);
    } else {
      this.fail(file, `${name} has none`);
    }
  }

  /**
   * @throws UserError naming the first file that was not found, and where it
   *   was looked for
   */
  end(): void {
    const [first, ...others] = this.tried;
    if (first === undefined) return;
    const [{ path: file, sha256 }, reasons] = first;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    throw new UserError(`${LOCK} names ${file}${more} with sha256 ${sha256.slice(0, 12)}..., which is nowhere: ${reasons.join(', ')}`,
                        'name a folder that has it with BINDERY_FILES=<folder> or an archive with BINDERY_SNAPSHOT=<url>, ' +
                        'or lock what the suite has now with `make lock LINE=<line>`');
  }
}

/** Looks for the missing files in the pools of archives. */
async function fromPools(search: Search, roots: readonly string[]): Promise<void> {
  for (const root of roots) {
    const wanted = search.missing.filter((file) => file.path.startsWith('pool/'));
    if (wanted.length === 0) return;
    const downloads = wanted.map((file) => ({
      uri: file.path.replace(/^pool\//, root), to: path.join(incoming, file.sha256), sha256: file.sha256,
    }));
    await remove(incoming);
    await mkdir(incoming, { recursive: true });
    const failures = await downloadAll(downloads, path.join(out, 'cache', 'fetch'), path.join(out, 'cache', 'fetch.log'));
    for (const [index, file] of wanted.entries()) {
      const { uri, to } = downloads[index]!;
      if (existsSync(to)) await search.take(file, to, root);
      else search.fail(file, `${root} (${failures.get(uri)!})`);
    }
  }
}

/** Looks for the missing files in npm's registry, using npm. */
async function fromRegistry(search: Search): Promise<void> {
  for (const file of search.missing.filter(({ path: place }) => !place.startsWith('pool/'))) {
    const [name, archive] = file.path.split('/-/') as [string, string];
    const version = archive.slice(path.basename(name).length + 1).replace(/\.tgz$/, '');
    await remove(incoming);
    await mkdir(incoming, { recursive: true });
    const { code } = await run('npm', ['pack', '--silent', '--pack-destination', incoming, `${name}@${version}`], { accept: 'any' });
    const [packed] = await readdir(incoming);
    if (code === 0 && packed !== undefined) {
      say(`npm's ${name} ${version}`);
      await search.take(file, path.join(incoming, packed), 'npm\'s registry');
    } else {
      search.fail(file, 'npm\'s registry does not give it');
    }
  }
}

/**
 * Gets files by hash: from the cache, the folder that BINDERY_FILES names,
 * npm's registry, the Debian mirror and its security archive, and an archive of
 * snapshots. A file whose hash does not match is not used.
 * @param date when the index that lists the files was signed
 * @returns where the files are, by their path in the lock
 * @throws UserError if a file cannot be found
 */
export async function obtain(files: readonly LockedFile[], date: string): Promise<ReadonlyMap<string, string>> {
  const search = new Search(files);
  for (const file of files) {
    const isThere = existsSync(placeOf(file));
    await search.take(file, placeOf(file), 'the cache');
    if (isThere && search.missing.includes(file)) say(`${file.path} in ${shown(cache)} is not what ${LOCK} says, looking for it elsewhere`);
  }
  const folder = process.env['BINDERY_FILES'];
  if (folder) {
    for (const file of search.missing) await search.take(file, placeOf(file, path.resolve(folder)), `BINDERY_FILES=${folder}`);
  }
  try {
    if (search.missing.length > 0) await fromRegistry(search);
    if (search.missing.length > 0) await fromPools(search, await machinePools());
    await fromPools(search, snapshots(date));
  } finally {
    await remove(incoming);
  }
  search.end();
  return new Map(files.map((file) => [file.path, placeOf(file)]));
}

/** Copies files to a folder that can be used as BINDERY_FILES elsewhere. */
export async function keep(files: readonly LockedFile[], date: string, folder: string): Promise<{ did: string }> {
  const places = await obtain(files, date);
  let bytes = 0;
  for (const file of files) {
    const to = placeOf(file, folder);
    if (await hashOf(to) === file.sha256) continue;
    await put(places.get(file.path)!, to);
    bytes += file.size;
  }
  return { did: `${files.length} files in ${folder}, ${(bytes / 1e6).toFixed(0)} MB of them new` };
}
