import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { diskFull } from '../core/errors.ts';
import { shown } from '../core/paths.ts';
import { NO_SPACE, run } from '../core/run.ts';
import { settings } from './mirror.ts';

/** apt waits for ever where the disk is full; a download that lives says something in this many seconds. */
export const STALL = 300;

/** How far a download has come is told every so many milliseconds. */
const TELL = 3000;

/** A file to be fetched, and where to. */
export interface Download {
  readonly uri: string;
  readonly to: string;
  readonly sha256: string;
}

/**
 * Fetches files, each of which must have its hash.
 * @param dir a folder for its settings
 * @returns why one that is not there could not be had, by its address
 */
export async function downloadAll(
  downloads: readonly Download[],
  dir: string,
  log: string,
): Promise<ReadonlyMap<string, string>> {
  const config = path.join(dir, 'apt.conf');
  const parts = path.join(dir, 'parts');
  await mkdir(parts, { recursive: true });
  await writeFile(config, `${await settings()}Dir::Etc::parts "${parts}";\n`);
  // A file of this disk is copied: apt would leave a link to it.
  const args = downloads.flatMap(({ uri, to, sha256 }) => [uri.replace(/^file:/, 'copy:'), to, `SHA256:${sha256}`]);
  let count = 0;
  let told = performance.now();
  const { stderr } = await run('/usr/lib/apt/apt-helper', ['-q', 'download-file', ...args], {
    env: { APT_CONFIG: config },
    accept: [0, 100],
    log,
    stall: STALL,
    progress: (text) => {
      const file = /^Get:\d+ \S*\/(\S+)/.exec(text)?.[1];
      if (file === undefined) return undefined;
      count++;
      if (performance.now() - told < TELL && count < downloads.length) return undefined;
      told = performance.now();
      return `${count} of ${downloads.length} files: ${file}`;
    },
  });
  if (NO_SPACE.test(stderr)) throw diskFull(shown(dir));
  // apt writes some characters of an address otherwise than they were given.
  const plain = (uri: string) => uri.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`)))
    .replace(/^(copy|file):\/*/, '');
  const failures = new Map([...stderr.matchAll(/^E: Failed to fetch (\S+) +(.*)$/gm)]
    .map(([, uri, why]) => [plain(uri!), why!.replace(/ *\[IP: .*\]/, '')]));
  return new Map(downloads.map(({ uri }) => [uri, failures.get(plain(uri)) ?? 'nothing came']));
}
