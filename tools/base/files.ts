import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../core/errors.ts';
import { out, shown } from '../core/paths.ts';
import { remove } from '../core/remove.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { downloadAll } from './download.ts';
import { LOCK, type LockedFile } from './lock.ts';
import { archiveIn, machinePools, pools } from './mirror.ts';

/** What was fetched by hash, laid out as where it came from. */
const cache = path.join(out, 'cache', 'files');

/** Where files are fetched to before their hashes are known. */
const incoming = path.join(out, 'cache', 'incoming');

/** Debian keeps every state of its archive there. BINDERY_SNAPSHOT names another. */
const DEBIAN = 'debian.org';
const SNAPSHOT = `https://snapshot.${DEBIAN}/archive`;

/** A suite's files are in the archive before its index is signed, and in its next snapshot within this time. */
const SNAPSHOT_DELAY = 12 * 3600e3;

/** The hash of a file, or undefined where there is none: a folder or a pipe is none. */
async function hashOf(file: string): Promise<string | undefined> {
  if (!await stat(file).then((found) => found.isFile(), () => false)) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Puts a file at a place in one move. */
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

/** Files that are wanted, and what came of it. */
class Search {
  /** Why a file was not had, place by place. */
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

  /** Takes a file that lies at a place, if it is what its hash says. */
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

  /** @throws UserError naming the first file that is nowhere, and where was looked */
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

/** Looks for what is missing in the pools of archives. */
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

/** Looks for what is missing in npm's registry, as npm does. */
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
 * Gets files by their hashes: from the cache, the folder that BINDERY_FILES
 * names, the Debian mirror and its security archive, npm's registry, and an
 * archive of snapshots. Each is what its hash says, or not taken.
 * @param date when the index was signed that names them
 * @returns where they lie, by their path in the lock
 * @throws UserError where one is nowhere
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

/** Fills a folder with files, for BINDERY_FILES elsewhere. */
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
