import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import { type DebianPackage } from './libraries.ts';
import type { DistPaths } from './paths.ts';

/** The names of the common licences that a copyright file refers to. */
export function referredTo(copyright: string): readonly string[] {
  return [...copyright.matchAll(/\/usr\/share\/common-licenses\/([\w.+-]*\w)/g)].map((match) => match[1]!);
}

/** Puts the copyright files of packages into ours, and the texts that they refer to. */
export async function carryLicences(
  packages: readonly DebianPackage[],
  { stage, sysroot }: DistPaths,
): Promise<void> {
  const referred = new Map<string, string>();
  for (const { name, copyright } of packages) {
    const target = path.join(stage, 'share/doc', name, 'copyright');
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(copyright, target);
    for (const licence of referredTo(await readFile(copyright, 'utf8'))) referred.set(licence, name);
  }
  const texts = path.join(sysroot, 'usr/share/common-licenses');
  const target = path.join(stage, 'share/doc/common-licenses');
  await mkdir(target, { recursive: true });
  for (const [licence, name] of referred) {
    const text = path.join(texts, licence);
    if (!existsSync(text)) {
      throw new UserError(`${name} refers to the licence ${licence}, whose text the sysroot does not have`,
                          'add its package to those that tools/base/make-lock.ts names, and lock the base again');
    }
    await copyFile(text, path.join(target, licence));
  }
}
