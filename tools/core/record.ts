import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from './errors.ts';
import { shown } from './paths.ts';

/**
 * Reads a record that an earlier run wrote, or undefined if there is none.
 * @param again the command that writes it again, for the error message
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

/** Writes a file atomically. */
export async function writeWhole(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.partial`, content);
  await rename(`${file}.partial`, file);
}

/** Writes a value to a JSON file atomically. */
export async function writeRecord(file: string, value: unknown): Promise<void> {
  await writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}
