import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.ts';
import { say } from './report.ts';
import { run } from './run.ts';

/** A program, the Debian package that brings it, and how to tell it is there. */
interface Need {
  readonly package: string;
  readonly present: () => Promise<boolean>;
}

/** The first file of that name on PATH that can be run, or undefined. */
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

function program(name: string, debian: string): Need {
  return { package: debian, present: async () => which(name) !== undefined };
}

/**
 * A Python that has jinja2, which Node's code generators import. Debian's own
 * comes after the one on PATH, where python3-jinja2 may not be visible.
 */
export async function python(): Promise<string | undefined> {
  for (const candidate of [which('python3'), '/usr/bin/python3']) {
    if (candidate === undefined || !existsSync(candidate)) continue;
    const { code } = await run(candidate, ['-c', 'import jinja2'], { accept: [0, 1] });
    if (code === 0) return candidate;
  }
  return undefined;
}

/** What `make node` builds with. */
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

/** What `make node-full` builds with, and where units are to be compiled on other hosts too. */
export const fullNeeds: readonly Need[] = [...buildNeeds, program('ccache', 'ccache')];
export const spreadNeeds: readonly Need[] = [program('distcc', 'distcc')];

/** What our tests look at system calls and make networks of their own with. */
export const testNeeds: readonly Need[] = [program('strace', 'strace'), program('ip', 'iproute2')];

/** What Emscripten's root is made with, in `make downstream`. */
export const wasmNeeds: readonly Need[] = [program('mmdebstrap', 'mmdebstrap')];

/** What `make dist` hides the build with, to try what it has packed. */
export const distNeeds: readonly Need[] = [program('mount', 'mount')];

/** What `make windows` compiles with. */
export const windowsNeeds: readonly Need[] = [program('x86_64-w64-mingw32-g++-posix', 'g++-mingw-w64-x86-64-posix')];

/** What `make lint` needs besides npm's packages. */
export const lintNeeds: readonly Need[] = [
  program('git', 'git'),
  program('cpplint', 'cpplint'),
  program('clang-format', 'clang-format'),
];

/** What `make doc` looks at the pages with. */
export const docNeeds: readonly Need[] = [program('chromium', 'chromium')];

/**
 * Installs the Debian packages that are missing, as root or through sudo that
 * asks for no password.
 * @throws UserError with the exact command, where this user may not install
 */
export async function ensure(needs: readonly Need[]): Promise<{ did: string }> {
  const present = await Promise.all(needs.map((need) => need.present()));
  const missing = needs.filter((_, index) => !present[index]).map((need) => need.package);
  if (missing.length === 0) return { did: 'nothing missing' };
  const install = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  const root = process.getuid?.() === 0;
  if (which('apt-get') === undefined) {
    throw new UserError(`these programs are missing: ${missing.join(', ')} (Debian's names)`,
                        'install them with this system\'s package manager and run again');
  }
  if (!root &&
      (which('sudo') === undefined ||
       (await run('sudo', ['-n', 'true'], { accept: [0, 1] })).code !== 0)) {
    throw new UserError(`these packages are missing: ${missing.join(', ')}`, `run: sudo ${install}`);
  }
  say(`installing ${missing.join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const todo = `check the network and the machine's apt sources, or run: ${install}`;
  const apt = (args: readonly string[], accept: readonly number[] = [0]) => (root ?
    run('apt-get', args, { env, todo, accept }) :
    run('sudo', ['-n', 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], { todo, accept }));
  // A source that does not answer matters only if a package is missing then.
  await apt(['update'], [0, 100]);
  await apt(['install', '-y', '--no-install-recommends', ...missing]);
  return { did: `installed ${missing.join(' ')}` };
}
