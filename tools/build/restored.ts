import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { STRIPPER } from '../base/restore.ts';
import { UserError } from '../core/errors.ts';
import { root } from '../core/paths.ts';
import { run } from '../core/run.ts';

/** What puts the builtins back that Debian's library leaves out, in a unit of our own. */
export const RESTORED = path.join(root, 'tools', 'build', 'restored.cc');

/** The units that it takes the place of. */
export const REPLACED = ['src/node_options.cc', 'src/node_process_object.cc', 'src/node_report.cc'];

/** Whether builtins that the library leaves out were put back in a tree. */
export const hasRestored = (tree: string): boolean => existsSync(path.join(tree, STRIPPER));

/** Whether a unit of Node's is compiled as part of ours in a tree. */
export const isReplaced = (tree: string, file: string): boolean => REPLACED.includes(file) && hasRestored(tree);

/** Answers what only upstream's own libuv does. */
export const IO_URING = path.join(root, 'tools', 'build', 'io_uring.cc');

/** The unit of v20.x that asks it. */
export const CREDENTIALS = 'src/node_credentials.cc';

/** Whether a tree's binary needs the answer. */
export const asksForIoUring = async (tree: string): Promise<boolean> =>
  (await readFile(path.join(tree, CREDENTIALS), 'utf8')).includes('uv__node_patch_is_using_io_uring');

/** What the library was compiled with instead. */
export const WITHOUT = ' -UHAVE_AMARO -DHAVE_AMARO=0 -DNODE_SHARED_BUILTIN_AMARO_DIST_INDEX_PATH -DNODE_SHARED_BUILTIN_UNDICI_UNDICI_PATH';

/** The structure of which ours has a longer list, as the library exports it. */
const METADATA = '_ZN4node11per_process8metadataE';

/** The flag that tells the unit how large that is in the library. */
export async function metadataSize(library: string): Promise<string> {
  const { stdout } = await run('readelf', ['--dyn-syms', '--wide', library]);
  const size = new RegExp(` (\\d+) OBJECT .* ${METADATA}(@.*)?$`, 'm').exec(stdout)?.[1];
  if (size !== undefined) return `-DBINDERY_METADATA_SIZE=${size}`;
  throw new UserError('the base\'s library exports no node::per_process::metadata', 'tools/build/restored.cc must learn how it lists its versions');
}
