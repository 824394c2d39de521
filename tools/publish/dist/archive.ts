import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../core/run.ts';
import { sha256 } from '../../core/sha256.ts';

/**
 * Equal files give equal archives: sorted names, no owner, a single time, and modes that
 * do not depend on the umask.
 */
const SAME = ['--sort=name', '--format=gnu', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'];

/**
 * Compressors by file extension. With a fixed block size, the output does not depend on
 * the number of threads.
 */
const COMPRESSORS = {
  '.tar.xz': 'xz --threads=2 --block-size=32MiB -4',
  '.tar.gz': 'gzip --no-name -6',
} as const;

export const ENDINGS = Object.keys(COMPRESSORS) as ReadonlyArray<keyof typeof COMPRESSORS>;

/**
 * Packs a folder reproducibly.
 * @param date the date of all files, in git's format
 */
export async function pack(folder: string, archive: string, date: string): Promise<void> {
  const ending = ENDINGS.find((end) => archive.endsWith(end))!;
  const seconds = date.split(' ')[0]!;
  await run('tar', ['--create', '--file', archive, ...SAME, `--mtime=@${seconds}`, '--use-compress-program', COMPRESSORS[ending],
                    '--directory', path.dirname(folder), path.basename(folder)]);
}

const SUMS = 'SHASUMS256.txt';

/** Writes the hashes of a folder's files next to them, as Node's releases do. */
export async function writeSums(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && entry.name !== SUMS).map((entry) => entry.name).sort();
  const lines = await Promise.all(names.map(async (name) => `${await sha256(path.join(folder, name))}  ${name}\n`));
  await writeFile(path.join(folder, SUMS), lines.join(''));
}
