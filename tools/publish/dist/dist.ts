import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { requireSpace } from '../../base/make-base.ts';
import { obtain } from '../../base/files.ts';
import { architecture, lockedLine, packagesIn } from '../../base/lock.ts';
import { placeNpm } from '../../base/npm.ts';
import { check } from '../../build/binary.ts';
import { UserError } from '../../core/errors.ts';
import { isLinked, type Line } from '../../core/lines.ts';
import { arch, root, shown } from '../../core/paths.ts';
import { projectVersion } from '../../core/project.ts';
import { say, step } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { ENDINGS, pack, writeSums } from './archive.ts';
import { writeContainerFile } from './container.ts';
import { carryHeaders, carryTexts } from './headers.ts';
import { carriedLibraries, carryLibraries, type Library, packagesOf } from './libraries.ts';
import { carryLicences } from './licences.ts';
import { linkMovable } from './link.ts';
import { packNpm } from './npm.ts';
import { type DistPaths, distPaths } from './paths.ts';
import { npmPackages, partsInside, writeParts } from './sbom.ts';

/** The size in bytes of the packages and of what is unpacked for them. */
const SPACE = 1.2e9;

/** Puts our own README into the package, with the details of this build. */
async function writeReadme({ stage }: DistPaths, base: BaseRecord, libraries: readonly Library[]): Promise<void> {
  const facts: Readonly<Record<string, string>> = {
    NODE: nodeVersion(base.version),
    BINDERY: projectVersion(),
    ARCH: arch,
    BASE: base.version,
    LIBRARIES: String(libraries.length),
  };
  const text = await readFile(path.join(root, 'tools', 'publish', 'dist', 'README.md'), 'utf8');
  await writeFile(path.join(stage, 'README.md'), text.replaceAll(/@([A-Z]+)@/g, (_, name: string) => facts[name]!));
  const own = path.join(stage, 'share/doc/bindery');
  await mkdir(own, { recursive: true });
  for (const name of ['LICENSE', 'CHANGELOG.md']) await copyFile(path.join(root, name), path.join(own, name));
}

/** Lays out the contents of the packages. */
async function layOut(
  line: Line,
  base: BaseRecord,
  paths: DistPaths,
): Promise<{ did: string; libraries: readonly Library[] }> {
  const binary = path.join(paths.stage, 'bin', 'node');
  await linkMovable(paths, binary);
  const locked = lockedLine(line.name);
  const packages = await obtain(packagesIn(locked, architecture()), locked.date);
  const libraries = await carriedLibraries(binary, paths, [...packages.values()]);
  await carryLibraries(libraries, paths.stage);
  await carryLicences(packagesOf(libraries), paths);
  await check(binary, base);
  await carryHeaders(paths);
  await carryTexts(paths);
  await writeReadme(paths, base, libraries);
  await placeNpm(line.name, base, paths.tree, paths.stage);
  return { did: `${shown(paths.stage)}, with ${libraries.length} libraries`, libraries };
}

/** Writes the list of parts. */
async function listAll(
  line: Line,
  base: BaseRecord,
  { stage, name }: DistPaths,
  libraries: readonly Library[],
  into: string,
): Promise<{ did: string }> {
  const binary = path.join(stage, 'bin', 'node');
  const versions = JSON.parse((await run(binary, ['-p', 'JSON.stringify(process.versions)'])).stdout) as Record<string, string>;
  const file = path.join(into, `${name}.cdx.json`);
  const count = await writeParts(file, {
    line,
    base,
    binary,
    libraries,
    inside: partsInside(versions, libraries.map((library) => library.name)),
    npm: await npmPackages(path.join(stage, 'lib/node_modules/npm')),
  });
  return { did: `${count} parts, valid CycloneDX` };
}

/** Makes the packages again. They are moved into place together, with their hashes. */
export async function dist(line: Line, base: BaseRecord): Promise<{ did: string }> {
  if (!isLinked(line)) throw new UserError(`${line.name} has no binary here`, 'name a line that is built here with LINE=<line>');
  const paths = distPaths(line, base);
  await requireSpace(path.dirname(paths.dir), paths.dir, SPACE);
  await rm(paths.dir, { recursive: true, force: true });
  const made = path.join(paths.work, 'made');
  await mkdir(made, { recursive: true });
  const { libraries } = await step(`layout ${line.name}`, () => layOut(line, base, paths));
  await step(`parts ${line.name}`, () => listAll(line, base, paths, libraries, made));
  for (const ending of ENDINGS) {
    const archive = `${paths.name}${ending}`;
    await step(archive, async () => {
      await pack(paths.stage, path.join(made, archive), base.date);
      return { did: 'packed' };
    });
  }
  say(path.basename(await packNpm(paths, base, made)));
  await writeContainerFile(base, made);
  await writeSums(made);
  for (const name of await readdir(made)) await rename(path.join(made, name), path.join(paths.dir, name));
  await rm(paths.work, { recursive: true });
  return { did: shown(paths.dir) };
}
