import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors.ts';
import { out } from './paths.ts';
import { run } from './run.ts';

/**
 * A private apt: its own lists and archives below `out`, for a suite that is
 * not the machine's. It takes the mirror, the keyring and the proxy from the
 * machine's configuration and changes nothing there. Release files are checked
 * against the keyring and packages against their hashes, by apt itself.
 */
export interface Apt {
  readonly dir: string;
  readonly archives: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Mirror {
  readonly uri: string;
  readonly keyring: string;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const NETWORK = 'check the network, or name another Debian mirror with BINDERY_MIRROR=<url>, and run again';

/** apt waits for ever where the disk is full; a download that lives says something in this many seconds. */
const STALL = 300;

/**
 * The Debian mirror this machine uses: the source that serves its own release.
 * BINDERY_MIRROR overrides the address, BINDERY_KEYRING the keyring.
 */
async function machineMirror(): Promise<Mirror> {
  const override = process.env['BINDERY_MIRROR'];
  const keyring = process.env['BINDERY_KEYRING'];
  if (override && !/^(https?|file):\/\/\S+$/.test(override)) {
    throw new UserError(`BINDERY_MIRROR=${override} is not an http, https or file address`,
                        'name the folder that holds dists/ and pool/');
  }
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME="?([\w-]+)/m.exec(release)?.[1];
  const { stdout } = await run(
    'apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME) $(COMPONENT) $(SIGNED_BY)', 'Created-By: Packages'],
    { todo: NETWORK });
  const sources = stdout.split('\n').map((line) => line.split(' '))
    .filter(([uri, suite, component]) => uri && suite === codename && component === 'main');
  const [uri, , , signedBy] = sources[0] ?? [];
  const chosen = override || uri;
  if (chosen === undefined) {
    throw new UserError('apt has no source for this machine\'s own Debian release',
                        'name a Debian mirror with BINDERY_MIRROR=<url> and run again');
  }
  return { uri: chosen, keyring: keyring || (signedBy && existsSync(signedBy) ? signedBy : KEYRING) };
}

/** The machine's own settings for downloads, a proxy among them. */
async function machineAcquire(): Promise<string> {
  const { stdout } = await run('apt-config', ['dump'], { todo: NETWORK });
  return stdout.split('\n').filter((line) => /^Acquire::\S+ "/.test(line)).join('\n');
}

/** Makes, or makes anew, the private apt of a suite. */
export async function privateApt(suite: string): Promise<Apt> {
  const dir = path.join(out, 'cache', suite);
  const archives = path.join(dir, 'archives');
  const { uri, keyring } = await machineMirror();
  if (!existsSync(keyring)) {
    throw new UserError(`the keyring ${keyring} is missing`,
                        'install debian-archive-keyring, or name one with BINDERY_KEYRING=<file>');
  }
  for (const folder of ['etc', 'parts', 'lists/partial', 'archives/partial', 'source']) {
    await mkdir(path.join(dir, folder), { recursive: true });
  }
  await writeFile(path.join(dir, 'status'), '');
  await writeFile(path.join(dir, 'etc', 'sources.list'), ['deb', 'deb-src']
    .map((type) => `${type} [signed-by=${keyring}] ${uri} ${suite} main\n`).join(''));
  const config = path.join(dir, 'apt.conf');
  await writeFile(config, `${await machineAcquire()}
Dir::Etc::main "/dev/null";
Dir::Etc::parts "${dir}/parts";
Dir::Etc::sourcelist "${dir}/etc/sources.list";
Dir::Etc::sourceparts "${dir}/parts";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "${dir}/parts";
Dir::State "${dir}";
Dir::State::lists "${dir}/lists";
Dir::State::status "${dir}/status";
Dir::Cache "${dir}";
Dir::Cache::archives "${archives}";
Dir::Log "${dir}";
Acquire::Languages "none";
// A frozen mirror's testing suite may be past its date; signatures still count.
Acquire::Check-Valid-Until "false";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
APT::Sandbox::User "";
// The locks would be those of the machine's own package database.
Debug::NoLocking "true";
Binary::apt-get::APT::Keep-Downloaded-Packages "true";
`);
  return { dir, archives, env: { APT_CONFIG: config } };
}

function causeOf(output: string): string | undefined {
  return output.split('\n').find((line) => /^(E|Err|W): ?.*(http|file|GPG|sign|Release|resolve)/i.test(line)) ??
    output.split('\n').find((line) => line.startsWith('E:'));
}

/** Fetches the suite's signed lists. */
export async function update(apt: Apt, log: string): Promise<void> {
  await run('apt-get', ['update', '--error-on=any', '-q'], { env: apt.env, log, todo: NETWORK, cause: causeOf, stall: STALL });
}

/** The newest source package of that name: its version and the packages it builds with. */
export async function source(apt: Apt, name: string): Promise<{ version: string; buildDepends: readonly string[] }> {
  const { stdout } = await run('apt-cache', ['showsrc', '--only-source', name], { env: apt.env, todo: NETWORK });
  const records = stdout.split(/\n\n+/).filter((record) => record.startsWith('Package:'));
  const versions = records.map((record) => {
    const version = /^Version: (\S+)$/m.exec(record)?.[1] ?? '';
    const depends = /^Build-Depends: (.*)$/m.exec(record)?.[1] ?? '';
    return { version, buildDepends: depends.split(',').map((entry) => entry.trim()) };
  });
  let newest = versions[0];
  for (const candidate of versions.slice(1)) {
    const { code } = await run('dpkg', ['--compare-versions', candidate.version, 'gt', newest!.version], { accept: [0, 1] });
    if (code === 0) newest = candidate;
  }
  if (newest === undefined) {
    throw new UserError(`the mirror's suite has no source package ${name}`, NETWORK);
  }
  return newest;
}

/**
 * Downloads packages and all they depend on.
 * @returns their files, and no others of the archive folder
 */
export async function download(apt: Apt, packages: readonly string[], log: string): Promise<readonly string[]> {
  const args = ['install', '-y', '-q', '--download-only', ...packages];
  await run('apt-get', args, { env: apt.env, log, todo: NETWORK, cause: causeOf, stall: STALL });
  const { stdout } = await run('apt-get', ['install', '-y', '-q', '--print-uris', '--reinstall', '--no-download', '--simulate', ...packages],
                               { env: apt.env, todo: NETWORK });
  const wanted = new Set(stdout.split('\n')
    .map((line) => /^Inst (\S+) \((\S+)/.exec(line))
    .filter((match) => match !== null)
    .map((match) => `${match[1]!.split(':')[0]}_${match[2]!.replaceAll(':', '%3a')}`));
  const files = (await readdir(apt.archives)).filter((file) => wanted.has(file.split('_').slice(0, 2).join('_')));
  if (files.length !== wanted.size) {
    throw new UserError(`of ${wanted.size} packages ${files.length} were downloaded`, NETWORK);
  }
  return files.map((file) => path.join(apt.archives, file));
}

/**
 * Downloads a source package, signed list to hash to file, and unpacks it with
 * its distribution's patches applied.
 * @param into the folder, which is made anew
 */
export async function unpackSource(apt: Apt, name: string, version: string, into: string, log: string): Promise<void> {
  const folder = path.join(apt.dir, 'source');
  await run('apt-get', ['source', '-q', '--download-only', '--only-source', `${name}=${version}`],
            { cwd: folder, env: apt.env, log, todo: NETWORK, cause: causeOf, stall: STALL });
  const dsc = `${name}_${version.replace(/^\d+:/, '')}.dsc`;
  await rm(into, { recursive: true, force: true });
  // apt has checked the .dsc against the signed list; the maintainer's own key need not be here.
  await run('dpkg-source', ['--no-check', '--no-copy', '-x', path.join(folder, dsc), into], { log: `${log}.unpack` });
}
