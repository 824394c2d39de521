import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { root } from '../../core/paths.ts';

/** Puts the container file, with their version filled in, next to the tarballs that it unpacks. */
export async function writeContainerFile(base: BaseRecord, folder: string): Promise<void> {
  const text = await readFile(path.join(root, 'tools', 'publish', 'dist', 'Containerfile'), 'utf8');
  await writeFile(path.join(folder, 'Containerfile'), text.replaceAll('@NODE@', nodeVersion(base.version)));
}
