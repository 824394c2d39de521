// base: where a line's source, libraries and official binaries come from.
// In: lines.json and bases.lock.json, and the mirrors, registries and repositories that have the files.
// Out: a base tree with Node's source in a git repository, a sysroot with the library that a binary is
// linked with, and official binaries; a new lock where one is asked for.
import { UserError } from '../core/errors.ts';
import { type Line, namedLines } from '../core/lines.ts';
import { step } from '../core/report.ts';
import { buildNeeds, ensure } from '../core/system.ts';
import { keep } from './files.ts';
import { loadLock } from './lock.ts';
import { lockLine } from './make-lock.ts';

/** Writes what a line's base is made of in its suite now. */
export async function lock(line: Line): Promise<void> {
  await step('packages', () => ensure(buildNeeds));
  await step(`lock ${line.name}`, () => lockLine(line));
}

/** Fills a folder with every file that the lock names, of the line that is named or of all. */
export async function baseFiles(): Promise<void> {
  const folder = process.env['BINDERY_FILES'];
  if (!folder) throw new UserError('BINDERY_FILES is not set', 'name the folder to fill with BINDERY_FILES=<folder>');
  const names = new Set(namedLines().map(({ name }) => name));
  for (const [name, { files, date }] of loadLock()) {
    if (names.has(name)) await step(`files of ${name}`, () => keep(files, date, folder));
  }
}
