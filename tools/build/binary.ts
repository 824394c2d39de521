import { copyFile, mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/paths.ts';
import { run } from '../core/run.ts';

/** Whether the installed binary is the one that was built last. */
async function same(built: string, installed: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(built), stat(installed).catch(() => undefined)]);
  // A copy's times are only accurate to about a millisecond.
  return other !== undefined && Math.abs(one.mtimeMs - other.mtimeMs) < 2 && one.size === other.size;
}

/** Installs the built binary atomically. */
async function install(from: string, to: string): Promise<void> {
  const { atime, mtime } = await stat(from);
  const partial = `${to}.partial`;
  await mkdir(path.dirname(to), { recursive: true });
  await rm(partial, { force: true });
  await copyFile(from, partial);
  await utimes(partial, atime, mtime);
  await rename(partial, to);
}

/**
 * Starts the binary once. It must have the base's version and our builtins: if
 * a unit is missing, the library silently uses its own.
 */
export async function check(node: string, base: BaseRecord): Promise<void> {
  const todo = 'run `make clean` and `make node`';
  const script = 'process.version + " " + process.config.variables.bindery_base';
  const cause = (output: string) => /^\w*Error\b.*$/m.exec(output)?.[0];
  const { stdout } = await run(node, ['-p', script], { todo, cause, stall: 60 });
  const expected = `v${nodeVersion(base.version)} ${base.version}`;
  if (stdout.trim() !== expected) {
    throw new UserError(`the binary says it is "${stdout.trim()}", not "${expected}"`, todo);
  }
}

/**
 * Installs a built binary, unless it is already installed. It must start,
 * because a library it is linked with may have been damaged since.
 * @returns a clause that says where it is
 */
export async function deliver(built: string, node: string, base: BaseRecord): Promise<string> {
  await check(built, base);
  if (await same(built, node)) return `${shown(node)} is up to date`;
  await install(built, node);
  return shown(node);
}
