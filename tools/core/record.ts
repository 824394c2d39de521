import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from './errors.ts';
import { shown } from './paths.ts';

/**
 * What a run has recorded in a file of JSON, or undefined where none has.
 * @param again what writes it again, for the error where it cannot be read
 */
export async function readRecord<T>(file: string, again: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${shown(file)} is no JSON`, `remove it; ${again} writes it again`);
  }
}

/** Records a value in a file of JSON, which is never seen half written. */
export async function writeRecord(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.partial`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${file}.partial`, file);
}
