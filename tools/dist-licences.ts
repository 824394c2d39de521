import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { privateApt, update } from './apt.ts';
import { type DebianPackage } from './dist-libraries.ts';
import type { DistPaths } from './dist-paths.ts';
import { UserError } from './errors.ts';
import type { BaseRecord } from './fetch.ts';
import { run } from './run.ts';

/** Debian's package with the texts of licences that many copyright files refer to. */
const PACKAGE = 'base-files';

/** The folder with those texts, of the suite that the base comes from. Fetched once. */
async function commonTexts(base: BaseRecord, logs: string): Promise<string> {
  const apt = await privateApt(base.origin);
  const folder = path.join(apt.dir, PACKAGE);
  const texts = path.join(folder, 'usr/share/common-licenses');
  if (existsSync(folder)) return texts;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await update(apt, path.join(logs, 'dist-licences.log'));
  const todo = 'check the network and run again';
  await run('apt-get', ['download', '-q', PACKAGE], { cwd: partial, env: apt.env, todo });
  const archive = (await readdir(partial)).find((file) => file.endsWith('.deb')) ?? '';
  await run('dpkg-deb', ['-x', path.join(partial, archive), partial], { todo });
  await rename(partial, folder);
  return texts;
}

/** The names of common licences whose texts a copyright file refers to. */
export function referredTo(copyright: string): readonly string[] {
  return [...copyright.matchAll(/\/usr\/share\/common-licenses\/([\w.+-]*\w)/g)].map((match) => match[1]!);
}

/** Puts the copyright files of packages into ours, and the texts that these refer to. */
export async function carryLicences(
  packages: readonly DebianPackage[],
  base: BaseRecord,
  { stage, logs }: DistPaths,
): Promise<void> {
  const referred = new Map<string, string>();
  for (const { name, copyright } of packages) {
    const target = path.join(stage, 'share/doc', name, 'copyright');
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(copyright, target);
    for (const licence of referredTo(await readFile(copyright, 'utf8'))) referred.set(licence, name);
  }
  const texts = await commonTexts(base, logs);
  const target = path.join(stage, 'share/doc/common-licenses');
  await mkdir(target, { recursive: true });
  for (const [licence, name] of referred) {
    const text = path.join(texts, licence);
    if (!existsSync(text)) {
      throw new UserError(`${name} refers to the licence ${licence}, which ${base.origin}'s ${PACKAGE} does not have`,
                          `remove ${path.dirname(path.dirname(path.dirname(texts)))} and run again`);
    }
    await copyFile(text, path.join(target, licence));
  }
}
