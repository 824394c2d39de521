import { copyFile, mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/paths.ts';
import { run } from '../core/run.ts';

/** Whether the binary at the line's place is the one that was built last. */
async function same(built: string, installed: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(built), stat(installed).catch(() => undefined)]);
  // A copy's times are set to the millisecond, more or less.
  return other !== undefined && Math.abs(one.mtimeMs - other.mtimeMs) < 2 && one.size === other.size;
}

/** Puts the built binary at the line's place, in one move. */
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
 * Starts the binary once. It must be of the base's version, and its builtins
 * must be ours: where a unit is missing, the library's own take its place
 * without a word.
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
 * Puts a binary that was built at its place, unless it is there, and only if it starts: what
 * it is linked with may have been damaged since.
 * @returns a clause that says where it is
 */
export async function deliver(built: string, node: string, base: BaseRecord): Promise<string> {
  await check(built, base);
  if (await same(built, node)) return `${shown(node)} is up to date`;
  await install(built, node);
  return shown(node);
}
