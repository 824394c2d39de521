import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { toolchain } from '../build/configure.ts';
import { linkedFiles } from '../build/relink-graph.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import { prefix } from '../core/system.ts';
import type { Tally } from '../core/tally.ts';
import { inTemporary } from '../core/temporary.ts';

/** The bytes of the base's lib/, by file. */
async function baseTexts(
  tree: string,
  commit: string,
  folder: string,
): Promise<ReadonlyMap<string, Buffer>> {
  const repository = new Repository(tree).withIndex(path.join(folder, 'index'));
  await repository.git(['read-tree', commit]);
  const files = await repository.git(['ls-files', '-z', '--', 'lib/*.js']);
  await repository.git(['checkout-index', '-z', '--stdin', `--prefix=${folder}/`], { input: files });
  const names = files.split('\0').filter((file) => file !== '');
  const texts = names.map(async (file) => [file, await readFile(path.join(folder, file))] as const);
  return new Map(await Promise.all(texts));
}

/** The text as Node's generator embeds it in the binary: one byte per character if possible. */
const embedded = (text: Buffer) =>
  (text.every((byte) => byte < 0x80) ? text : Buffer.from(text.toString('utf8'), 'utf16le'));

/**
 * The files in lib/ whose text is not in the base's library, which was then compiled from
 * other sources than those that are patched.
 */
async function foreignBuiltins(
  line: Line,
  { commit }: BaseRecord,
): Promise<{ of: number; foreign: readonly string[] }> {
  const { dir, sysroot, tree } = linePaths(line.name);
  return inTemporary('base-', async (folder) => {
    const texts = await baseTexts(tree, commit, folder);
    const [library = ''] = await linkedFiles(await toolchain(sysroot));
    const content = await readFile(library);
    const foreign = [...texts].filter(([, text]) => !content.includes(embedded(text))).map(([file]) => file);
    return { of: texts.size, foreign };
  }, dir);
}

/**
 * The files that are linked into a binary and come neither from the build, nor from its
 * sysroot, nor from the compiler's own folder.
 * @param trace the linker's output with --trace
 * @param folders the folders that files may come from
 */
export async function strayFiles(
  trace: string,
  release: string,
  folders: readonly string[],
): Promise<readonly string[]> {
  const files = [...new Set(trace.split('\n').map((line) => line.trim()).filter((line) => line !== ''))];
  const places = await Promise.all(files.map((file) => realpath(path.resolve(release, file))));
  return places.filter((place) => !folders.some((folder) => place.startsWith(`${folder}${path.sep}`)));
}

/** Links the line's binary once more, with a trace of the input files. */
async function strays(line: Line): Promise<{ of: number; stray: readonly string[] }> {
  const { dir, release, sysroot } = linePaths(line.name);
  const { stdout } = await run('ninja', ['-C', release, '-f', 'relink.ninja', '--quiet', '-t', 'commands', 'relink/node']);
  const command = stdout.trimEnd().split('\n').at(-1)!;
  return inTemporary('link-', async (folder) => {
    const traced = command.replace(' -o relink/node ', () => ` -o ${path.join(folder, 'node')} -Wl,--trace `);
    const trace = await run('sh', ['-c', traced], { cwd: release });
    const own = path.dirname((await run(`${prefix}gcc`, ['-print-libgcc-file-name'])).stdout.trim());
    const folders = await Promise.all([release, sysroot, own].map((place) => realpath(place)));
    const stray = await strayFiles(trace.stdout, release, folders);
    return { of: trace.stdout.trim().split('\n').length, stray };
  }, dir);
}

/**
 * Checks that a line's base, and the binary that is linked with it, are made from what
 * they claim to be.
 */
export async function checkBase(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  const builtins = await foreignBuiltins(line, base);
  for (const file of builtins.foreign) say(`FAILED ${file} is not in the library as it is in the source`);
  const links = await strays(line);
  for (const file of links.stray) say(`FAILED ${file} is linked, and is not of the sysroot`);
  return {
    did: `${builtins.of - builtins.foreign.length} of ${builtins.of} builtins of the library are those of the source, ` +
      `${links.of - links.stray.length} of ${links.of} linked files are the base's`,
    passed: builtins.of - builtins.foreign.length + links.of - links.stray.length,
    failed: builtins.foreign.length + links.stray.length,
  };
}
