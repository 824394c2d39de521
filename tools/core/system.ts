import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.ts';
import { arch, isEmulated } from './paths.ts';
import { say } from './report.ts';
import { run } from './run.ts';

/** A Debian package, and how to tell that it is installed. */
interface Need {
  readonly package: string;
  readonly present: () => Promise<boolean>;
}

/** The first executable file with that name on PATH, or undefined. */
export function which(program: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

export function program(name: string, debian: string): Need {
  return { package: debian, present: async () => which(name) !== undefined };
}

/**
 * Finds a Python that has jinja2, which Node's code generators import. The
 * Python on PATH may not see the python3-jinja2 package, so Debian's own is
 * tried next.
 */
export async function python(): Promise<string | undefined> {
  for (const candidate of [which('python3'), '/usr/bin/python3']) {
    if (candidate === undefined || !existsSync(candidate)) continue;
    const { code } = await run(candidate, ['-c', 'import jinja2'], { accept: [0, 1] });
    if (code === 0) return candidate;
  }
  return undefined;
}

/** By processor, in Node's names, what the names of compilers for it begin with. */
export const TRIPLETS: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** What the names of the compilers that are used begin with. */
export const prefix = isEmulated ? `${TRIPLETS[arch]}-` : '';

/** The compiler's name for the machine that is built for, such as x86_64-linux-gnu. */
export const triplet = async (): Promise<string> => (await run(`${prefix}gcc`, ['-dumpmachine'])).stdout.trim();

/** Needed by `make node`. */
export const buildNeeds: readonly Need[] = [
  program('git', 'git'),
  program('g++', 'g++'),
  program('ninja', 'ninja-build'),
  program('pkg-config', 'pkgconf'),
  program('dpkg-source', 'dpkg-dev'),
  program('xz', 'xz-utils'),
  program('patch', 'patch'),
  program('gpgv', 'gpgv'),
  { package: 'python3-jinja2', present: async () => await python() !== undefined },
];

/** Needed by `make node-full`, and to compile units on other hosts. */
export const fullNeeds: readonly Need[] = [...buildNeeds, program('ccache', 'ccache')];
export const spreadNeeds: readonly Need[] = [program('distcc', 'distcc')];

/** Needed by our tests, to trace system calls and create networks. */
export const testNeeds: readonly Need[] = [program('strace', 'strace'), program('ip', 'iproute2')];

/** Needed by `make downstream`, to create the root file system for Emscripten. */
export const wasmNeeds: readonly Need[] = [program('mmdebstrap', 'mmdebstrap')];

/** Needed by `make dist`, to hide the build when it tries out the packages. */
export const distNeeds: readonly Need[] = [program('mount', 'mount')];

/** The compiler for a processor, in Node's names, whichever this machine's is. */
export const compiler = (target: string): Need =>
  program(`${TRIPLETS[target]}-g++`, `g++-${TRIPLETS[target]!.replaceAll('_', '-')}`);

/** Needed by `make try`, to compile for both processors. */
export const tryNeeds: readonly Need[] = Object.keys(TRIPLETS).map(compiler);

/** Needed by `make windows`. */
export const windowsNeeds: readonly Need[] = [program('x86_64-w64-mingw32-g++-posix', 'g++-mingw-w64-x86-64-posix')];

/** Needed by `make lint` in addition to the npm packages. */
export const lintNeeds: readonly Need[] = [
  program('git', 'git'),
  program('cpplint', 'cpplint'),
  program('clang-format', 'clang-format'),
];

/** Needed by `make doc`, to check the pages in a browser. */
export const docNeeds: readonly Need[] = [program('chromium', 'chromium')];

/**
 * What has to stand in front of a command that only root may run: nothing, or
 * sudo if it asks for no password. Undefined if this user cannot run it.
 */
export async function asRoot(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  if (which('sudo') === undefined) return undefined;
  return (await run('sudo', ['-n', 'true'], { accept: [0, 1] })).code === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * Installs the missing Debian packages, as root or with sudo if it asks for no
 * password.
 * @throws UserError with the exact command if this user cannot install packages
 */
export async function ensure(needs: readonly Need[]): Promise<{ did: string }> {
  const present = await Promise.all(needs.map((need) => need.present()));
  const missing = needs.filter((_, index) => !present[index]).map((need) => need.package);
  if (missing.length === 0) return { did: 'nothing missing' };
  const install = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (which('apt-get') === undefined) {
    throw new UserError(`these programs are missing: ${missing.join(', ')} (Debian's names)`,
                        'install them with this system\'s package manager and run again');
  }
  const rights = await asRoot();
  if (rights === undefined) throw new UserError(`these packages are missing: ${missing.join(', ')}`, `run: sudo ${install}`);
  say(`installing ${missing.join(' ')}`);
  const todo = `check the network and the machine's apt sources, or run: ${install}`;
  // Another one may be installing: wait for it.
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const apt = (args: readonly string[], accept: readonly number[] = [0]) =>
    run('env', [...rights, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...wait, ...args], { todo, accept });
  // A source that does not answer only matters if a package then cannot be found.
  await apt(['update'], [0, 100]);
  await apt(['install', '-y', '--no-install-recommends', ...missing]);
  return { did: `installed ${missing.join(' ')}` };
}
