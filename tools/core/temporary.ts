import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { remove } from './remove.ts';

/**
 * Creates a folder for some work, and removes it afterwards.
 * @param name what its name begins with, such as `fuzz-`
 * @param within the folder that gets it
 */
export async function inTemporary<T>(
  name: string,
  work: (folder: string) => Promise<T>,
  within = tmpdir(),
): Promise<T> {
  const folder = await mkdtemp(path.join(within, name));
  try {
    return await work(folder);
  } finally {
    await remove(folder);
  }
}
