import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UserError } from '../core/errors.ts';
import { run } from '../core/run.ts';

interface Mirror {
  /** The main archive. */
  readonly uri: string;
  /** Possible locations of the archive of security updates. */
  readonly security: readonly string[];
  readonly keyring: string;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
export const NETWORK = 'check the network, or name another Debian mirror with BINDERY_MIRROR=<url>, and run again';

/**
 * The archive address in an environment variable, or undefined if it is not
 * set.
 * @param holds what the address must contain, for the error message
 */
export function archiveIn(variable: string, holds: string): string | undefined {
  const address = process.env[variable];
  if (!address || /^(https?|file):\/\/\S+$/.test(address)) return address || undefined;
  throw new UserError(`${variable}=${address} is not an http, https or file address`, `name the folder that holds ${holds}`);
}

/**
 * The Debian mirror this machine uses: the apt source for its own release.
 * BINDERY_MIRROR overrides the address, BINDERY_KEYRING the keyring. The
 * security archive is that release's, or is next to the main one.
 */
export async function machineMirror(): Promise<Mirror> {
  const override = archiveIn('BINDERY_MIRROR', 'dists/ and pool/');
  const keyring = process.env['BINDERY_KEYRING'];
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME="?([\w-]+)/m.exec(release)?.[1];
  const { stdout } = await run(
    'apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME) $(COMPONENT) $(SIGNED_BY)', 'Created-By: Packages'],
    { todo: NETWORK });
  const sources = stdout.split('\n').map((line) => line.split(' '));
  const serving = (name: string) => sources
    .find(([uri, suite, component]) => uri && suite === name && /^(updates\/)?main$/.test(component ?? ''));
  const [uri, , , signedBy] = serving(`${codename}`) ?? [];
  const chosen = override ?? uri;
  if (chosen === undefined) {
    throw new UserError('apt has no source for this machine\'s own Debian release',
                        'name a Debian mirror with BINDERY_MIRROR=<url> and run again');
  }
  const beside = chosen.replace(/\/*$/, '-security');
  const security = override ? undefined : serving(`${codename}-security`)?.[0];
  return {
    uri: chosen,
    security: [...new Set([security ?? beside, beside])],
    keyring: keyring || (signedBy && existsSync(signedBy) ? signedBy : KEYRING),
  };
}

/** The URLs that `pool/` stands for in a main archive and in archives of security updates. */
export function pools(main: string, security: readonly string[]): readonly string[] {
  const under = (archive: string, pool: string) => `${archive.replace(/\/*$/, '')}/${pool}/`;
  return [under(main, 'pool'), ...security.map((archive) => under(archive, 'pool/updates'))];
}

/** The pools of this machine's mirror. */
export async function machinePools(): Promise<readonly string[]> {
  const { uri, security } = await machineMirror();
  return pools(uri, security);
}

/** The machine's own download settings, such as a proxy. */
async function machineAcquire(): Promise<string> {
  const { stdout } = await run('apt-config', ['dump'], { todo: NETWORK });
  return stdout.split('\n').filter((line) => /^Acquire::\S+ "/.test(line)).join('\n');
}

/**
 * The settings of every apt used here: the machine's network configuration, and
 * strict checking of signatures.
 */
export const settings = async () => `${await machineAcquire()}
Dir::Etc::main "/dev/null";
Acquire::Languages "none";
// A frozen mirror's testing suite may be past its date; signatures still count.
Acquire::Check-Valid-Until "false";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
APT::Sandbox::User "";
`;
