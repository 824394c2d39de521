import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { UserError } from './errors.ts';

/**
 * Debian's source package leaves out what Debian has packages of its own for.
 * Node's build needs those parts, so they are put back at upstream's places:
 * the builtins from the sysroot, gyp from npm's node-gyp.
 */
interface Restored {
  /** The package below the sysroot's usr/share/nodejs. */
  readonly package: string;
  readonly file: string;
  /** Its place in Node's tree. */
  readonly to: string;
  /** Whether the file requires others and has to be bundled with them. */
  readonly bundle?: true;
  /** The header that states its version. */
  readonly header?: string;
}

const builtins: readonly Restored[] = [
  {
    package: 'undici',
    file: 'undici-fetch.js',
    to: 'deps/undici/undici.js',
    header: 'src/undici_version.h',
  },
  {
    package: 'acorn',
    file: 'dist/acorn.js',
    to: 'deps/acorn/acorn/dist/acorn.js',
    header: 'src/acorn_version.h',
  },
  { package: 'acorn-walk', file: 'dist/walk.js', to: 'deps/acorn/acorn-walk/dist/walk.js' },
  { package: 'minimatch', file: 'index.cjs', to: 'deps/minimatch/index.js', bundle: true },
];

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}

async function restore(part: Restored, shared: string, tree: string): Promise<string> {
  const from = path.join(shared, part.package, part.file);
  const to = path.join(tree, part.to);
  if (!await exists(from)) {
    throw new UserError(`the suite's ${part.package} has no ${part.file}`,
                        'tools/restore.ts must learn where it lies now');
  }
  await mkdir(path.dirname(to), { recursive: true });
  if (part.bundle) {
    // Paths in its comments are told from there, so the bundle is the same everywhere.
    await build({
      entryPoints: [from], outfile: to, absWorkingDir: shared, bundle: true, platform: 'node', logLevel: 'silent',
    });
  } else {
    await cp(from, to);
  }
  const { version } = JSON.parse(
    await readFile(path.join(shared, part.package, 'package.json'), 'utf8')) as { version: string };
  if (part.header !== undefined) {
    const header = path.join(tree, part.header);
    const text = await readFile(header, 'utf8');
    await writeFile(header, text.replace(/"\d+\.\d+\.\d+[^"]*"/, `"${version}"`));
  }
  return `${part.package} ${version}`;
}

/**
 * Puts back the parts that a tree lacks; those it has are left alone.
 * @returns the parts and their versions
 */
export async function restoreStripped(sysroot: string, tree: string): Promise<readonly string[]> {
  const restored: string[] = [];
  const shared = path.join(sysroot, 'usr', 'share', 'nodejs');
  for (const part of builtins) {
    if (!await exists(path.join(tree, part.to))) restored.push(await restore(part, shared, tree));
  }
  const gyp = path.join(tree, 'tools', 'gyp');
  if (!await exists(path.join(gyp, 'pylib'))) {
    const manifest = createRequire(import.meta.url).resolve('node-gyp/package.json');
    await cp(path.join(path.dirname(manifest), 'gyp'), gyp, { recursive: true });
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
    restored.push(`gyp of node-gyp ${version}`);
  }
  // Only its path is used where OpenSSL is shared.
  const cnf = path.join(tree, 'deps', 'openssl', 'nodejs-openssl.cnf');
  if (!await exists(cnf)) {
    await mkdir(path.dirname(cnf), { recursive: true });
    await writeFile(cnf, '');
  }
  return restored;
}
