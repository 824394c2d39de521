import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { out } from '../core/paths.ts';
import { run } from '../core/run.ts';
import { STALL } from './download.ts';
import { architecture, type LockedFile } from './lock.ts';
import { machineMirror, NETWORK, settings } from './mirror.ts';

/**
 * A private apt with its own lists below `out`, for a suite other than the
 * machine's. It uses the mirror, the keyring and the proxy from the machine's
 * configuration, and changes nothing there. apt itself checks Release files
 * against the keyring and packages against their hashes.
 */
export interface Apt {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A query that is not essential should not wait for an unreachable mirror. */
const IMPATIENT = 'Acquire::Retries "0";\nAcquire::http::Timeout "10";\nAcquire::https::Timeout "10";\n';

/**
 * A package that is treated as installed, where the suite's own version cannot
 * be installed along with the others.
 */
export interface StandIn {
  readonly name: string;
  readonly version: string;
}

const stanza = (arch: string) => ({ name, version }: StandIn) =>
  [
    `Package: ${name}`, 'Status: install ok installed', `Version: ${version}`, `Architecture: ${arch}`,
    'Multi-Arch: allowed', 'Maintainer: nobody', 'Description: stand-in', '', '',
  ].join('\n');

/** The part of a suite that a private apt covers. */
export interface Scope {
  /** Debian's name for the architecture of the packages. Defaults to this machine's. */
  readonly arch?: string;
  readonly installed?: readonly StandIn[];
  /** Set to fetch only the index of source packages, without waiting for a slow mirror. */
  readonly onlySources?: boolean;
}

/** Creates a suite's private apt, or overwrites its configuration. */
export async function privateApt(
  suite: string,
  { arch = architecture(), installed = [], onlySources = false }: Scope = {},
): Promise<Apt> {
  const dir = path.join(out, 'cache', suite, onlySources ? 'source' : arch);
  const { uri, keyring } = await machineMirror();
  if (!existsSync(keyring)) {
    throw new UserError(`the keyring ${keyring} is missing`,
                        'install debian-archive-keyring, or name one with BINDERY_KEYRING=<file>');
  }
  for (const folder of ['etc', 'parts', 'lists/partial', 'archives/partial']) {
    await mkdir(path.join(dir, folder), { recursive: true });
  }
  await writeFile(path.join(dir, 'status'), installed.map(stanza(arch)).join(''));
  await writeFile(path.join(dir, 'etc', 'sources.list'), [...onlySources ? [] : ['deb'], 'deb-src']
    .map((type) => `${type} [signed-by=${keyring}] ${uri} ${suite} main\n`).join(''));
  const config = path.join(dir, 'apt.conf');
  await writeFile(config, `${await settings()}
Dir::Etc::parts "${dir}/parts";
Dir::Etc::sourcelist "${dir}/etc/sources.list";
Dir::Etc::sourceparts "${dir}/parts";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "${dir}/parts";
Dir::State "${dir}";
Dir::State::lists "${dir}/lists";
Dir::State::status "${dir}/status";
Dir::Cache "${dir}";
Dir::Log "${dir}";
APT::Architecture "${arch}";
APT::Architectures "${arch}";
${onlySources ? IMPATIENT : ''}// The locks would be those of the machine's own package database.
Debug::NoLocking "true";
`);
  return { dir, env: { APT_CONFIG: config } };
}

function causeOf(output: string): string | undefined {
  return output.split('\n').find((line) => /^(E|Err|W): ?.*(http|file|GPG|sign|Release|resolve)/i.test(line)) ??
    output.split('\n').find((line) => line.startsWith('E:'));
}

export async function update(apt: Apt, log: string): Promise<void> {
  await run('apt-get', ['update', '--error-on=any', '-q'], { env: apt.env, log, todo: NETWORK, cause: causeOf, stall: STALL });
}

/** A source package in a suite's signed index. */
export interface SourcePackage {
  readonly version: string;
  readonly buildDepends: readonly string[];
  readonly files: readonly LockedFile[];
}

/** The value of a field in a record, including its continuation lines. */
const fieldOf = (record: string, name: string) =>
  new RegExp(`^${name}:[ \\n]*(.*(?:\\n .*)*)`, 'm').exec(record)?.[1] ?? '';

/** Splits the output of apt-cache into records. */
const recordsOf = (text: string) => text.split(/\n\n+/).filter((record) => record.startsWith('Package:'));

/**
 * Parses a source package's record in the signed index. The index has all the
 * hashes, so the .dsc is not needed.
 */
export function readSource(record: string): SourcePackage {
  const directory = fieldOf(record, 'Directory');
  const sums = [...fieldOf(record, 'Checksums-Sha256').matchAll(/([\da-f]{64}) (\d+) (\S+)/g)];
  return {
    version: fieldOf(record, 'Version'),
    buildDepends: fieldOf(record, 'Build-Depends').split(',').map((entry) => entry.trim()),
    files: sums.map(([, sha256, size, name]) => ({ path: `${directory}/${name}`, sha256: sha256!, size: Number(size) })),
  };
}

/** The source packages with that name in a suite's index, newest first. */
export async function sources(apt: Apt, name: string): Promise<readonly SourcePackage[]> {
  const { stdout } = await run('apt-cache', ['showsrc', '--only-source', name], { env: apt.env, todo: NETWORK });
  const found: SourcePackage[] = [];
  for (const source of recordsOf(stdout).map(readSource)) {
    const isNewer = async ({ version }: SourcePackage) =>
      (await run('dpkg', ['--compare-versions', source.version, 'gt', version], { accept: [0, 1] })).code === 0;
    const newer = await Promise.all(found.map(isNewer));
    const at = newer.indexOf(true);
    found.splice(at === -1 ? found.length : at, 0, source);
  }
  return found;
}

/** A package in a suite's signed index. */
export interface BinaryPackage extends LockedFile {
  readonly name: string;
  /** The version of the source it is built from. */
  readonly sourceVersion: string;
}

/** Parses a package's record in the signed index. */
export function readPackage(record: string): BinaryPackage {
  const source = /\((.*)\)/.exec(fieldOf(record, 'Source'))?.[1];
  return {
    name: fieldOf(record, 'Package'),
    sourceVersion: source ?? fieldOf(record, 'Version'),
    path: fieldOf(record, 'Filename'),
    sha256: fieldOf(record, 'SHA256'),
    size: Number(fieldOf(record, 'Size')),
  };
}

/**
 * The given packages and all their dependencies.
 * @param packages names, or `name=version`
 */
export async function closure(apt: Apt, packages: readonly string[]): Promise<readonly BinaryPackage[]> {
  const args = ['install', '-y', '-q', '--simulate', ...packages];
  const { stdout } = await run('apt-get', args, { env: apt.env, todo: NETWORK, cause: causeOf });
  const wanted = [...stdout.matchAll(/^Inst (\S+?)(?::\S+)? \((\S+)/gm)].map((match) => `${match[1]}=${match[2]}`);
  const shown = await run('apt-cache', ['show', ...wanted], { env: apt.env, todo: NETWORK });
  const found = recordsOf(shown.stdout).map(readPackage);
  if (found.length === wanted.length) return found;
  throw new UserError(`the suite's index has ${found.length} of ${wanted.length} packages`, NETWORK);
}

/** The time at which the suite's index was signed. */
export async function signedAt(apt: Apt): Promise<Date> {
  const lists = path.join(apt.dir, 'lists');
  const release = (await readdir(lists)).find((file) => /_(In)?Release$/.test(file));
  const text = release === undefined ? '' : await readFile(path.join(lists, release), 'utf8');
  return new Date(/^Date: (.*)$/m.exec(text)?.[1] ?? NaN);
}
