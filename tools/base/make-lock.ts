import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { type GitLine, isLinked, type Line, type LinkedLine, type Recipe } from '../core/lines.ts';
import { packInto, versionsOf } from '../core/npm.ts';
import { linePaths, root } from '../core/paths.ts';
import { writeWhole } from '../core/record.ts';
import { type Done, say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { inTemporary } from '../core/temporary.ts';
import { type Apt, closure, privateApt, signedAt, type SourcePackage, sources, update } from './apt.ts';
import { nodeVersion } from './base.ts';
import { versionOf } from './checkout.ts';
import { obtain } from './files.ts';
import {
  AMARO, ARCHITECTURES, loadLock, LOCK, type LockedFile, type LockedLine, NPM, npmPath, sourceIn, withLocked,
} from './lock.ts';
import { changelogOf, npmIn } from './npm.ts';
import { officialPackage } from './official.ts';
import { amaroIn, STRIPPER_HEADER } from './restore.ts';

/**
 * Every sysroot also needs the C library's headers, and the license texts that
 * other packages refer to.
 */
const ALWAYS = ['libc6-dev', 'base-files'];

/**
 * The libraries and builtins that Node is built with, except those only needed
 * for tests or manuals.
 */
export function sysrootPackages(buildDepends: readonly string[], library: string): readonly string[] {
  const wanted = buildDepends
    .filter((entry) => !/<!(nocheck|nodoc)>|:native/.test(entry))
    .map((entry) => entry.split(/[\s([]/)[0]!)
    .filter((name) => /^(lib[\w.+-]+|zlib1g)-dev$|^node-/.test(name));
  return [...new Set([...wanted, ...ALWAYS]), library];
}

/** The source packages of a line's major version. */
const ofLine = ({ base: { major } }: LinkedLine, found: readonly SourcePackage[]): readonly SourcePackage[] =>
  found.filter(({ version }) => nodeVersion(version).split('.')[0] === String(major));

/** The newest version of a line in its suite, or undefined if it has none. */
export async function suiteVersion(line: LinkedLine): Promise<string | undefined> {
  const apt = await privateApt(line.base.suite, { onlySources: true });
  await update(apt, path.join(linePaths(line.name).logs, 'status-update.log'));
  return ofLine(line, await sources(apt, line.base.source))[0]?.version;
}

/** The newest source package of a line that matches a name: the suite's, or a version. */
function chosen(line: LinkedLine, found: readonly SourcePackage[], name: string): SourcePackage {
  const { suite, source } = line.base;
  const versions = ofLine(line, found);
  const match = versions.find(({ version }) => [suite, version, nodeVersion(version)].includes(name));
  if (match !== undefined) return match;
  const has = versions.length === 0 ? `none of ${line.name}` : versions.map(({ version }) => version).join(', ');
  throw new UserError(`${suite} has ${source} ${found.length === 0 ? '(none)' : has}, not ${name}`,
                      'name a version that it has, a git ref or a folder, or change base.suite in lines.json');
}

/** Formats a date for the lock. */
const textOf = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');

/** A suite's private apt, with its signed index. */
async function indexed(line: LinkedLine, arch: string): Promise<Apt> {
  const { suite, recipe } = line.base;
  const installed = Object.entries(recipe?.installed ?? {}).map(([name, version]) => ({ name, version }));
  const apt = await privateApt(suite, { arch, installed });
  await update(apt, path.join(linePaths(line.name).logs, `lock-${arch}.log`));
  return apt;
}

/** The packages of a sysroot. The library must be built from exactly the source that is patched. */
async function packagesFor(
  line: LinkedLine,
  apt: Apt,
  { version, buildDepends }: SourcePackage,
): Promise<readonly LockedFile[]> {
  const { library, suite } = line.base;
  const found = await closure(apt, sysrootPackages(buildDepends, library));
  const own = found.find(({ name }) => name === library);
  if (own?.sourceVersion === version) {
    return found.map(({ path: file, sha256, size }) => ({ path: file, sha256, size }));
  }
  throw new UserError(`${suite} has the source of ${version} and ${library} of ${own?.sourceVersion ?? 'none'}`,
                      'its builds are still under way: run again in some hours, or use another mirror');
}

/** The parts of the source, without the package's own patches if a recipe replaces them. */
function sourceFor({ base: { recipe } }: LinkedLine, { files }: SourcePackage): readonly LockedFile[] {
  // The .dsc only repeats the signed index, and the type declarations are for Debian's tests.
  return files.filter(({ path: file }) => /\.tar\.\w+$/.test(file) && !/\.orig-types-node\.tar/.test(file))
    .filter(({ path: file }) => recipe === undefined || /\.orig\.tar/.test(file));
}

/**
 * The file with patches for another version. A current index may no longer list
 * it, so a lock must.
 */
function patchesFrom({ from }: Recipe): LockedFile {
  const all = [...loadLock().values()].flatMap(({ files }) => files);
  const file = all.find(({ path: place }) => path.basename(place) === from);
  if (file !== undefined) return file;
  throw new UserError(`no line's lock has ${from}, which lines.json takes patches from`,
                      'name in base.recipe a file that one has, or lock the line that has it first');
}

/** A package as the registry has it now. */
async function packed(folder: string, name: string, version: string): Promise<LockedFile> {
  const archive = await packInto(folder, name, version);
  const content = await readFile(archive);
  await rm(archive);
  return { path: npmPath(name, version), sha256: createHash('sha256').update(content).digest('hex'), size: content.length };
}

/** The npm and the amaro that the source names, of which not every release has the second. */
async function packagesOf(locked: LockedLine): Promise<readonly LockedFile[]> {
  const files = sourceIn(locked).filter(({ path: file }) => /\.orig\.tar/.test(file));
  const [archive] = (await obtain(files, locked.date)).values();
  const read = async (file: string) =>
    (await run('tar', ['-xOf', archive!, '--wildcards', `*/${file}`], { accept: 'any' })).stdout;
  const wanted = [
    [NPM, npmIn(await read(changelogOf(nodeVersion(locked.version))))],
    [AMARO, amaroIn(await read(STRIPPER_HEADER))],
  ] as const;
  return inTemporary('bindery-lock-', async (folder) => {
    const found: LockedFile[] = [];
    for (const [name, version] of wanted) if (version !== undefined) found.push(await packed(folder, name, version));
    return found;
  });
}

/** The official binaries of a release, which tests compare ours with. */
async function officialFiles(version: string): Promise<readonly LockedFile[]> {
  return inTemporary('bindery-lock-', async (folder) => {
    const files: LockedFile[] = [];
    for (const arch of Object.keys(ARCHITECTURES)) {
      const name = officialPackage(arch, 'linux');
      // Not every release exists for every architecture.
      if (!(await versionsOf(name)).includes(version)) {
        say(`npm has no ${name} ${version}`);
        continue;
      }
      files.push(await packed(folder, name, version));
    }
    return files;
  });
}

/**
 * Determines what a line's base is currently made of, from its suite's signed
 * index.
 * @param name the suite, or a version in it
 */
export async function lockFrom(line: LinkedLine, name: string): Promise<LockedLine> {
  const { base: { source: sourceName, recipe } } = line;
  const files = new Map<string, LockedFile>();
  const add = (found: readonly LockedFile[]) => {
    for (const file of found) files.set(file.path, file);
  };
  let version = name;
  let date = new Date(NaN);
  for (const arch of Object.values(ARCHITECTURES)) {
    const apt = await indexed(line, arch);
    const found = await sources(apt, sourceName);
    const source = chosen(line, found, version);
    version = source.version;
    date = await signedAt(apt);
    const packages = await packagesFor(line, apt, source);
    say(`${packages.length} packages for ${arch}`);
    add(packages);
    add(sourceFor(line, source));
    if (recipe !== undefined) add([patchesFrom(recipe)]);
  }
  add(await officialFiles(nodeVersion(version)));
  const locked = { version, date: textOf(date), files: [...files.values()] };
  return { ...locked, files: [...locked.files, ...await packagesOf(locked)] };
}

/** For a line that is not linked, only the official binaries of its release are locked. */
async function lockRelease({ base }: GitLine): Promise<LockedLine> {
  const version = versionOf(base.ref);
  return { version, date: textOf(new Date()), files: await officialFiles(version) };
}

/**
 * Writes what a line's base is currently made of in its suite to the project's
 * lock, once all of it has been fetched.
 */
export async function lockLine(line: Line): Promise<Done> {
  const before = loadLock().get(line.name);
  const locked = isLinked(line) ? await lockFrom(line, line.base.suite) : await lockRelease(line);
  if (isLinked(line) && before !== undefined && nodeVersion(before.version) !== nodeVersion(locked.version)) {
    throw new UserError(`${line.base.suite} has ${locked.version}, and the hooks of ${line.name} are written for ${nodeVersion(before.version)}`,
                        `move them with \`make rebase LINE=${line.name} ONTO=${locked.version}\`, which writes the lock too`);
  }
  await obtain(locked.files, locked.date);
  const file = path.join(root, LOCK);
  await writeWhole(file, withLocked(await readFile(file, 'utf8'), line, locked));
  return { did: `${locked.version}, ${locked.files.length} files` };
}
