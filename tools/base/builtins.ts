import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fewAtATime } from '../core/abreast.ts';
import { UserError } from '../core/errors.ts';
import { out } from '../core/paths.ts';
import { readRecord, writeRecord } from '../core/record.ts';
import { type Done, say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { officialNode } from './official.ts';

/**
 * Files of a release by path, as upstream published them; null if the release
 * does not have one.
 */
export type Texts = Readonly<Record<string, string | null>>;

/** The texts gathered from the registry for a line's releases. */
export interface Gathered extends Done {
  /** By version, without the releases whose binary could not be fetched. */
  readonly texts: ReadonlyMap<string, Texts>;
}

/** The number of concurrent downloads. */
const DOWNLOADS = 2;

/** Prints the builtins with the given ids, or all of them, as JSON keyed by id. */
const PRINT = `
  const natives = process.binding('natives');
  const texts = JSON.parse(process.argv[1] ?? JSON.stringify(Object.keys(natives)))
    .map((id) => [id, natives[id] ?? null]);
  process.stdout.write(JSON.stringify(Object.fromEntries(texts)));`;

/** The id of the builtin that is made from a file below lib/. */
function builtinOf(file: string): string {
  return file.replace(/^lib\//, '').replace(/\.js$/, '');
}

async function nativesOf(binary: string, ids?: readonly string[]): Promise<Texts> {
  const args = ['--no-deprecation', '-e', PRINT, ...ids === undefined ? [] : [JSON.stringify(ids)]];
  const { stdout } = await run(binary, args, { env: { NODE_OPTIONS: undefined } });
  return JSON.parse(stdout) as Texts;
}

/** The texts of files below lib/ that are embedded in a node binary. */
export async function textsIn(binary: string, files: readonly string[]): Promise<Texts> {
  const natives = await nativesOf(binary, files.map(builtinOf));
  return Object.fromEntries(files.map((file) => [file, natives[builtinOf(file)] ?? null]));
}

/** The texts of all files below lib/ that are embedded in a node binary. */
export async function allTextsIn(binary: string): Promise<Readonly<Record<string, string>>> {
  const natives = Object.entries(await nativesOf(binary))
    // These are from deps/, and `config` is not made from a file.
    .filter(([id, text]) => !id.startsWith('internal/deps/') && id !== 'config' && text !== null);
  return Object.fromEntries(natives.map(([id, text]) => [`lib/${id}.js`, text!]));
}

/**
 * Extracts a release's texts from its official binary, and removes the binary
 * if it was not there before.
 */
async function extract(version: string, files: readonly string[]): Promise<Texts> {
  const dir = path.join(out, 'cache', 'official', version);
  const kept = existsSync(dir);
  try {
    return await textsIn(await officialNode(version), files);
  } finally {
    if (!kept) {
      await rm(dir, { recursive: true, force: true });
      await rm(`${dir}.partial`, { recursive: true, force: true });
    }
  }
}

/**
 * Gathers files of many releases, from the cache or from official binaries.
 * Each release is cached as soon as it has been read, so that an interrupted
 * run can be resumed. A release that cannot be fetched is reported, and tried
 * again next time.
 */
export async function gather(versions: readonly string[], files: readonly string[]): Promise<Gathered> {
  const texts = new Map<string, Texts>();
  let added = 0;
  const one = async (version: string) => {
    const cache = path.join(out, 'cache', 'natives', `${version}.json`);
    const known = await readRecord<Texts>(cache, 'the same command');
    if (known !== undefined && files.every((file) => Object.hasOwn(known, file))) {
      texts.set(version, known);
      return;
    }
    try {
      const found = { ...known, ...await extract(version, files) };
      await writeRecord(cache, found);
      texts.set(version, found);
      added++;
      say(`v${version}, ${texts.size} of ${versions.length}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say(`v${version} is missing: ${error.message}`);
    }
  };
  await fewAtATime(versions, DOWNLOADS, one);
  const missing = versions.length - texts.size;
  const did = `${texts.size} releases, ${added} of them new${missing === 0 ? '' : `, ${missing} missing`}`;
  return { did, texts };
}
