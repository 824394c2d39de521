import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { dynamicLinker, toolchain } from '../../build/configure.ts';
import { readDynamic } from '../../build/elf.ts';
import { UserError } from '../../core/errors.ts';
import { shown } from '../../core/paths.ts';
import { run } from '../../core/run.ts';
import { LIBRARIES } from './link.ts';
import type { DistPaths } from './paths.ts';

/** The Debian package that a library comes from. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The source package and its version. */
  readonly source: string;
  readonly sourceVersion: string;
  /** Its copyright file. */
  readonly copyright: string;
  /** The names of the licences in it, if it is machine-readable. */
  readonly licences: readonly string[];
}

/** A shared library that the packages carry. */
export interface Library {
  /** The name that it is loaded by. */
  readonly name: string;
  readonly file: string;
  readonly package: DebianPackage;
}

const dynamicOf = async (file: string) => readDynamic((await run('readelf', ['--dynamic', '--wide', file])).stdout);

/**
 * The licences that a copyright file in Debian's machine-readable format names; none if
 * it has another format.
 */
export function licencesIn(copyright: string): readonly string[] {
  if (!/^Format: .*copyright-format/m.test(copyright)) return [];
  const names = [...copyright.matchAll(/^License: *(\S.*)$/gm)].map((match) => match[1]!.trim());
  return [...new Set(names)].sort();
}

/** Which package each file of a sysroot comes from: the one that lists it with the same hash. */
class Packages {
  private readonly lists: Promise<ReadonlyMap<string, string>>;
  private readonly known = new Map<string, Promise<DebianPackage>>();

  constructor(private readonly sysroot: string, private readonly archives: readonly string[]) {
    this.lists = this.readLists();
  }

  private async readLists(): Promise<ReadonlyMap<string, string>> {
    const owners = new Map<string, string>();
    for (const file of this.archives) {
      const { stdout } = await run('dpkg-deb', ['--info', file, 'md5sums'], { accept: 'any' });
      for (const line of stdout.split('\n')) owners.set(line, file);
    }
    return owners;
  }

  async owning(file: string): Promise<DebianPackage> {
    const hash = createHash('md5').update(await readFile(file)).digest('hex');
    const archive = (await this.lists).get(`${hash}  ${path.relative(this.sysroot, file)}`);
    if (archive === undefined) {
      throw new UserError(`no package that the lock names holds ${shown(file)}`,
                          `remove ${shown(path.dirname(this.sysroot))} and run \`make node\`, which fetches it again`);
    }
    const known = this.known.get(archive) ?? this.read(archive);
    this.known.set(archive, known);
    return known;
  }

  private async read(archive: string): Promise<DebianPackage> {
    const fields = ['Package', 'Version', 'Architecture', 'source:Package', 'source:Version'];
    const { stdout } = await run('dpkg-deb', ['--show', `--showformat=${fields.map((field) => `\${${field}}\n`).join('')}`, archive]);
    const [name, version, architecture, source, sourceVersion] = stdout.split('\n') as [string, string, string, string, string];
    const copyright = path.join(this.sysroot, 'usr/share/doc', name, 'copyright');
    const licences = licencesIn(await readFile(copyright, 'utf8'));
    return { name, version, architecture, source, sourceVersion, copyright, licences };
  }
}

/**
 * Everything that a binary loads: the libraries it needs, those that they need, and the
 * dynamic linker.
 * @param archives the packages that the sysroot was made of
 */
export async function carriedLibraries(
  binary: string,
  { sysroot }: DistPaths,
  archives: readonly string[],
): Promise<readonly Library[]> {
  const { libraries } = await toolchain(sysroot);
  const linker = dynamicLinker(sysroot);
  const packages = new Packages(sysroot, archives);
  const found = new Map<string, string>([[path.basename(linker), await realpath(linker)]]);
  const waiting = [binary, ...found.values()];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const { needed, searches } = await dynamicOf(file);
    // All of them end up in one folder, so a library's own folder is the right one.
    if (file !== binary && !/^(\$ORIGIN\/?)?$/.test(searches ?? '')) {
      throw new UserError(`${shown(file)} has libraries looked for in ${searches}`,
                          'tools/publish/dist/libraries.ts must learn to carry what is there');
    }
    for (const name of needed) {
      if (found.has(name)) continue;
      const place = path.join(libraries, name);
      if (!existsSync(place)) throw new UserError(`${shown(file)} needs ${name}, which the sysroot does not have`, 'run `make node` again');
      found.set(name, await realpath(place));
      waiting.push(found.get(name)!);
    }
  }
  const sorted = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
  return Promise.all(sorted.map(async ([name, file]) => ({ name, file, package: await packages.owning(file) })));
}

/** The packages of the libraries, each once. */
export function packagesOf(libraries: readonly Library[]): readonly DebianPackage[] {
  const byName = new Map(libraries.map((library) => [library.package.name, library.package]));
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Puts the libraries into a package, under the names that they are loaded by. */
export async function carryLibraries(libraries: readonly Library[], stage: string): Promise<void> {
  const folder = path.join(stage, LIBRARIES);
  await mkdir(folder, { recursive: true });
  for (const { name, file } of libraries) {
    await copyFile(file, path.join(folder, name));
    await chmod(path.join(folder, name), 0o755);
  }
}
