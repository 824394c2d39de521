import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { diskFull } from '../core/errors.ts';
import { shown } from '../core/paths.ts';
import { NO_SPACE, run } from '../core/run.ts';
import { settings } from './mirror.ts';

/**
 * apt waits forever when the disk is full. A live download prints something
 * within this many seconds.
 */
export const STALL = 300;

/** The minimum interval between progress messages, in milliseconds. */
const TELL = 3000;

/** A file to download, and where to put it. */
export interface Download {
  readonly uri: string;
  readonly to: string;
  readonly sha256: string;
}

/**
 * Downloads files and checks their hashes.
 * @param dir a folder for apt's configuration
 * @returns by URI, why a file that is now missing could not be downloaded
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
  // With `file:`, apt would create a link instead of a copy.
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
  // apt escapes some characters of a URI that were not escaped in the input.
  const plain = (uri: string) => uri.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`)))
    .replace(/^(copy|file):\/*/, '');
  const failures = new Map([...stderr.matchAll(/^E: Failed to fetch (\S+) +(.*)$/gm)]
    .map(([, uri, why]) => [plain(uri!), why!.replace(/ *\[IP: .*\]/, '')]));
  return new Map(downloads.map(({ uri }) => [uri, failures.get(plain(uri)) ?? 'nothing came']));
}
