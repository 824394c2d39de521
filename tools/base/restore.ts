import { build, type Plugin } from 'esbuild';
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { UserError } from '../core/errors.ts';

/**
 * Debian's source package leaves out what Debian has packages of its own for.
 * Node's build needs those parts, so they are put back at upstream's places:
 * the builtins from the sysroot, gyp from npm's node-gyp.
 */
interface Restored {
  /** The package below the sysroot's usr/share/nodejs. */
  readonly package: string;
  /** The file in it; suites differ, so the first that is there. */
  readonly files: readonly string[];
  /** Its place in Node's tree. */
  readonly to: string;
  /** The header that states its version. */
  readonly header?: string;
}

const builtins: readonly Restored[] = [
  {
    package: 'undici',
    files: ['undici-fetch.js', 'index-fetch.js'],
    to: 'deps/undici/undici.js',
    header: 'src/undici_version.h',
  },
  {
    package: 'acorn',
    files: ['dist/acorn.js'],
    to: 'deps/acorn/acorn/dist/acorn.js',
    header: 'src/acorn_version.h',
  },
  { package: 'acorn-walk', files: ['dist/walk.js'], to: 'deps/acorn/acorn-walk/dist/walk.js' },
  { package: 'minimatch', files: ['index.cjs', 'index.js'], to: 'deps/minimatch/index.js' },
  {
    package: 'cjs-module-lexer',
    files: ['lexer.js'],
    to: 'deps/cjs-module-lexer/lexer.js',
    header: 'src/cjs_module_lexer_version.h',
  },
  { package: 'cjs-module-lexer', files: ['dist/lexer.js'], to: 'deps/cjs-module-lexer/dist/lexer.js' },
];

/** A file that requires others of its package, or of other packages, must be bundled with them. */
const NEEDS_OTHERS = /\brequire\(['"](?!node:|(?:assert|buffer|fs|path|stream|util)['"])/;

/**
 * Finds packages where the suite has them, and nowhere else: the sysroot may lie
 * below folders that have a node_modules with other versions.
 */
const within = (shared: string): Plugin => ({
  name: 'within-the-suite',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
      (isBuiltin(name) ? undefined : bundle.resolve(`./${name}`, { resolveDir: shared, kind })));
  },
});

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}

async function restore(part: Restored, shared: string, tree: string): Promise<string> {
  const candidates = part.files.map((file) => path.join(shared, part.package, file));
  const present = await Promise.all(candidates.map(exists));
  const from = candidates.find((_, index) => present[index]);
  const to = path.join(tree, part.to);
  if (from === undefined) {
    throw new UserError(`the suite's ${part.package} has no ${part.files.join(' or ')}`,
                        'tools/base/restore.ts must learn where it lies now');
  }
  await mkdir(path.dirname(to), { recursive: true });
  if (NEEDS_OTHERS.test(await readFile(from, 'utf8'))) {
    // Paths in its comments are told from there, and no tsconfig.json above is heeded, so the bundle is the same
    // everywhere.
    await build({
      entryPoints: [from],
      outfile: to,
      absWorkingDir: shared,
      bundle: true,
      platform: 'node',
      plugins: [within(shared)],
      tsconfigRaw: '{}',
      logLevel: 'silent',
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
  const lists = await Promise.all(['configure.py', 'node.gyp'].map((file) => readFile(path.join(tree, file), 'utf8')));
  for (const part of builtins) {
    const wanted = lists.some((list) => list.includes(`'${part.to}'`));
    if (wanted && !await exists(path.join(tree, part.to))) restored.push(await restore(part, shared, tree));
  }
  const gyp = path.join(tree, 'tools', 'gyp');
  if (!await exists(path.join(gyp, 'pylib'))) {
    const manifest = createRequire(import.meta.url).resolve('node-gyp/package.json');
    // What Python keeps beside it is Python's, and would be written anew.
    const filter = (source: string) => path.basename(source) !== '__pycache__';
    await cp(path.join(path.dirname(manifest), 'gyp'), gyp, { recursive: true, filter });
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
