import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { namespaced, type Prefix } from '../../core/namespaces.ts';
import { out } from '../../core/paths.ts';

/** Creates a mount namespace; undefined if this user may not. */
const ownMounts = () => namespaced('--mount', ['mount', '-t', 'tmpfs', 'none', '/mnt']);

/** Runs a command with an empty folder in place of the one that everything is built in. */
export async function withoutOut(): Promise<Prefix | undefined> {
  const mounts = await ownMounts();
  return mounts && [...mounts, 'sh', '-c', 'mount -t tmpfs none "$0" && exec "$@"', out];
}

/**
 * Lays out a root that contains nothing but a package, /proc and a few devices.
 * @param root the folder, which is created
 * @param files programs to run, put into the folder /check
 * @returns how to run a command there
 */
export async function emptyRoot(root: string, unpacked: string, files: readonly string[]): Promise<Prefix | undefined> {
  const mounts = await ownMounts();
  if (mounts === undefined) return undefined;
  for (const folder of ['proc', 'dev', 'tmp', 'check', 'package']) await mkdir(path.join(root, folder), { recursive: true });
  const devices = ['null', 'urandom'];
  for (const device of devices) await writeFile(path.join(root, 'dev', device), '');
  for (const file of files) await copyFile(file, path.join(root, 'check', path.basename(file)));
  const script = [
    'set -e',
    'mount --rbind /proc "$0/proc"',
    ...devices.map((device) => `mount --bind /dev/${device} "$0/dev/${device}"`),
    'mount --bind "$1" "$0/package"',
    'shift',
    'exec chroot "$0" "$@"',
  ].join('\n');
  return [...mounts, 'sh', '-c', script, root, unpacked];
}
