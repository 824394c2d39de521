import { License } from '@cyclonedx/cyclonedx-library/Contrib';
import { ComponentType, HashAlgorithm, LicenseAcknowledgement } from '@cyclonedx/cyclonedx-library/Enums';
import { type License as AnyLicense, Bom, Component, ComponentRepository, HashDictionary, LicenseRepository, Metadata, Property, PropertyRepository } from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6, Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PackageURL } from 'packageurl-js';
// @ts-expect-error: the package has no types.
import parseExpression from 'spdx-expression-parse';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { shown } from '../../core/paths.ts';
import { projectVersion } from '../../core/project.ts';
import { proposalsOn } from '../../core/proposals.ts';
import { sha256 } from '../../core/sha256.ts';
import { type Library, packagesOf } from './libraries.ts';

/** An npm package in the folder of another one. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
}

/** What a list of parts is made from. */
export interface Parts {
  readonly line: Line;
  readonly base: BaseRecord;
  /** The binary itself. */
  readonly binary: string;
  readonly libraries: readonly Library[];
  /** What is compiled into the binary, by the names in `process.versions`. */
  readonly inside: Readonly<Record<string, string>>;
  readonly npm: readonly NpmPackage[];
}

/** Names in `process.versions` that are not parts but versions of interfaces and data. */
const NO_PARTS = new Set(['node', 'modules', 'napi', 'cldr', 'tz', 'unicode']);

/** Libraries that may be included and have another name in `process.versions`. */
const CALLED: Readonly<Record<string, string>> = { ares: 'cares', icu: 'icuuc', openssl: 'crypto', zlib: 'z', brotli: 'brotlidec', sqlite: 'sqlite3', ada: 'ada-url0' };

/**
 * What is compiled into a binary, by the names in `process.versions`: everything that has
 * a version there and is not a library next to it.
 * @param carried the names of those libraries
 */
export function partsInside(
  versions: Readonly<Record<string, string>>,
  carried: readonly string[],
): Readonly<Record<string, string>> {
  const isCarried = (name: string) => carried.some((library) => library.startsWith(`lib${CALLED[name] ?? name}.so`));
  return Object.fromEntries(Object.entries(versions)
    .filter(([name, version]) => version !== '' && !NO_PARTS.has(name) && !isCarried(name)));
}

/**
 * The npm packages in a folder: its own, and those in the node_modules below it, each
 * version once.
 */
export async function npmPackages(folder: string): Promise<readonly NpmPackage[]> {
  const files = (await readdir(folder, { recursive: true }))
    .filter((file) => /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+\/package\.json$|^package\.json$/.test(file));
  const found = new Map<string, NpmPackage>();
  for (const file of files.sort()) {
    const { name, version, license } = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Record<string, unknown>;
    if (typeof name !== 'string' || typeof version !== 'string') continue;
    found.set(`${name}@${version}`, { name, version, license: typeof license === 'string' ? license : undefined });
  }
  return [...found.values()];
}

const licenceFactory = new License.Factories.LicenseFactory(parseExpression as (text: string) => void);

function declared(...licences: readonly AnyLicense[]): LicenseRepository {
  for (const licence of licences) licence.acknowledgement = LicenseAcknowledgement.Declared;
  return new LicenseRepository(licences);
}

function component(type: ComponentType, name: string, version: string, purl: PackageURL | undefined, more: {
  readonly licenses?: LicenseRepository;
  readonly properties?: Readonly<Record<string, string>>;
  readonly description?: string;
}): Component {
  const { licenses, properties = {}, description } = more;
  const url = purl?.toString();
  return new Component(type, name, {
    version,
    bomRef: url ?? `${name}@${version}`,
    ...(url === undefined ? {} : { purl: url }),
    ...(licenses === undefined ? {} : { licenses }),
    ...(description === undefined ? {} : { description }),
    properties: new PropertyRepository(Object.entries(properties).map(([key, value]) => new Property(`bindery:${key}`, value))),
  });
}

async function file(name: string, where: string): Promise<Component> {
  const hash = await sha256(where);
  return new Component(ComponentType.File, name, { bomRef: `${name}#${hash}`, hashes: new HashDictionary([[HashAlgorithm['SHA-256'], hash]]) });
}

async function debianComponents(libraries: readonly Library[]): Promise<readonly Component[]> {
  return Promise.all(packagesOf(libraries).map(async (each) => {
    const { name, version, architecture, source, sourceVersion, licences } = each;
    const purl = new PackageURL('deb', 'debian', name, version, { arch: architecture }, undefined);
    const made = component(ComponentType.Library, name, version, purl, {
      licenses: declared(...licences.map((licence) => licenceFactory.makeDisjunctive(licence))),
      properties: { source: `${source} ${sourceVersion}` },
    });
    const own = libraries.filter((library) => library.package === each);
    made.components = new ComponentRepository(await Promise.all(own.map((library) => file(`lib/bindery/${library.name}`, library.file))));
    return made;
  }));
}

function npmComponent({ name, version, license }: NpmPackage): Component {
  const [scope, short] = name.startsWith('@') ? name.split('/') as [string, string] : [undefined, name];
  const purl = new PackageURL('npm', scope, short, version, undefined, undefined);
  return component(ComponentType.Library, name, version, purl,
                   license === undefined ? {} : { licenses: declared(licenceFactory.makeFromString(license)) });
}

/**
 * A UUID of the kind that is left to applications (RFC 9562, version 8), made from the
 * hash of a text.
 */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = (parseInt(hex[16]!, 16) & 3 | 8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

/** The list of the parts of the packages, in CycloneDX's JSON format. Equal parts give equal text. */
export async function listParts({ line, base, binary, libraries, inside, npm }: Parts): Promise<string> {
  const version = nodeVersion(base.version);
  const project = projectVersion();
  const product = component(ComponentType.Application, 'bindery-node', version, undefined, {
    licenses: declared(licenceFactory.makeFromString('MIT')),
    description: `Node.js ${version} with the proposals of bindery ${project}`,
    properties: { line: line.name, version: project },
  });
  product.components = new ComponentRepository([await file('bin/node', binary)]);
  const source = new PackageURL('deb', 'debian', 'nodejs', base.version, { arch: 'source' }, undefined);
  const parts = [
    component(ComponentType.Application, 'nodejs', base.version, source, { licenses: declared(licenceFactory.makeFromString('MIT')) }),
    ...proposalsOn(line).map(({ proposal, state }) => component(ComponentType.Library, `bindery:${proposal.name}`, project, undefined, {
      licenses: declared(licenceFactory.makeFromString('MIT')), description: proposal.title, properties: { state },
    })),
    ...Object.entries(inside).map(([name, of]) => component(ComponentType.Library, name, of, undefined, { properties: { inside: 'bin/node or libnode' } })),
    ...await debianComponents(libraries),
    ...npm.map(npmComponent),
  ];
  for (const part of parts) product.dependencies.add(part.bomRef);
  const seconds = Number(base.date.split(' ')[0]);
  const bom = new Bom({
    metadata: new Metadata({ timestamp: new Date(seconds * 1000), component: product }),
    components: new ComponentRepository(parts),
  });
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  const options = { sortLists: true, space: 2 };
  bom.serialNumber = `urn:uuid:${uuidOf(serializer.serialize(bom, options))}`;
  return `${serializer.serialize(bom, options)}\n`;
}

/**
 * Writes a list of parts, which must be valid against CycloneDX's own schema.
 * @returns how many parts it lists
 */
export async function writeParts(to: string, parts: Parts): Promise<number> {
  const text = await listParts(parts);
  const fault: unknown = await new JsonStrictValidator(Version.v1dot6).validate(text);
  if (fault !== null) {
    throw new UserError(`the list of parts ${shown(to)} is not what its schema says: ${JSON.stringify(fault)}`, 'correct tools/publish/dist/sbom.ts');
  }
  await writeFile(to, text);
  return (JSON.parse(text) as { components: unknown[] }).components.length;
}
