import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { headersOf } from '../base/official.ts';
import { fewAtATime } from '../core/abreast.ts';
import { out, root, shown } from '../core/paths.ts';
import { remove } from '../core/remove.ts';
import { type Done, step } from '../core/report.ts';
import { run } from '../core/run.ts';
import { TRIPLETS } from '../core/system.ts';
import { filesBelow } from '../core/walk.ts';

/** Where the parts of the addon are. */
const FOLDERS = ['src', 'addon'].map((folder) => path.join(root, folder));

export const ADDON_ARCHS: readonly string[] = Object.keys(TRIPLETS);

/** The options that addon/binding.gyp has as well, where node-gyp sets the rest. */
const OPTIONS = [
  '-O2', '-fvisibility=hidden', '-fno-exceptions', '-fno-rtti', '-DNODE_WANT_INTERNALS=1', '-DNODE_GYP_MODULE_NAME=bindery',
  '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter',
];

/** What Linux needs as well. A name that the binary lacks is found at once, and not when it is used. */
const SHARED = '-fPIC';
const LINK = ['-shared', '-s', '-Wl,-z,now'];

/** The files that the addon is compiled from. */
export const addonSources = (): readonly string[] => FOLDERS.flatMap((folder) => filesBelow(folder, /\.cc$/).map((file) => path.join(folder, file)));

/** A hash of everything that the addon is made of, beside the headers. */
function digest(): string {
  const hash = createHash('sha256').update([...OPTIONS, SHARED, ...LINK].join());
  for (const folder of FOLDERS) {
    for (const file of filesBelow(folder, /\.(cc|h)$/)) hash.update(`${file}\n${readFileSync(path.join(folder, file), 'utf8')}`);
  }
  return hash.digest('hex').slice(0, 12);
}

/** The standard of C++ that the headers of a release need. */
const standard = (version: string) => (Number(version.split('.')[0]) >= 22 ? 'c++20' : 'c++17');

/** A compiler's options for the addon, against the public headers of a release. */
export async function addonArguments(version: string): Promise<readonly string[]> {
  return [`-std=${standard(version)}`, ...OPTIONS, '-isystem', await headersOf(version),
          `-I${path.join(root, 'addon', 'include')}`, `-I${path.join(root, 'src')}`];
}

/**
 * Compiles our C++ as a native addon, against the public headers of a release. A warning
 * in our files is an error.
 * @param version such as 26.12.1
 * @param arch a processor in Node's names
 * @returns the path of the addon
 */
export async function buildAddon(version: string, arch: string = process.arch): Promise<string> {
  const dir = path.join(out, 'cache', 'addon', `${version}-${arch}-${digest()}`);
  const addon = path.join(dir, 'bindery.node');
  if (existsSync(addon)) return addon;
  return step(`addon for v${version} on ${arch}`, async (): Promise<Done & { readonly addon: string }> => {
    const options = [...await addonArguments(version), SHARED];
    const partial = `${dir}.partial`;
    await remove(partial);
    await mkdir(partial, { recursive: true });
    const program = `${TRIPLETS[arch]}-g++`;
    const objects = await fewAtATime(addonSources(), 2, async (source) => {
      const object = path.join(partial, `${path.basename(source)}.o`);
      await run(program, [...options, '-c', source, '-o', object], { todo: `correct ${shown(source)}` });
      return object;
    });
    await run(program, [...LINK, ...objects, '-o', path.join(partial, 'bindery.node')]);
    await remove(dir);
    await rename(partial, dir);
    return { did: `${objects.length} files, no warning`, addon };
  }).then(({ addon }) => addon);
}
