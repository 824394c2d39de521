import { build, type Plugin } from 'esbuild';
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { run } from '../core/run.ts';
import { inTemporary } from '../core/temporary.ts';
import { AMARO, LOCK, npmPath } from './lock.ts';

/**
 * Debian's source package leaves out parts that Debian packages separately.
 * Node's build needs them, so they are put back where upstream has them:
 * builtins from the sysroot or npm's package, gyp from npm's node-gyp.
 */
interface Restored {
  /** The package below usr/share/nodejs in the sysroot. */
  readonly package: string;
  /** Its path in the package. Suites differ, so the first one that exists is used. */
  readonly files: readonly string[];
  /** Its path in Node's tree. */
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

/** Matches a file that requires other files or packages and so must be bundled with them. */
const NEEDS_OTHERS = /\brequire\(['"](?!node:|(?:assert|buffer|fs|path|stream|util)['"])/;

/**
 * Resolves packages from the suite only. The sysroot may be below a folder
 * whose node_modules has other versions.
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
    // Comments in the bundle have paths relative to absWorkingDir, and a
    // tsconfig.json in a parent folder is ignored, so that the bundle is the
    // same everywhere.
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

/** The builtin that strips the types of TypeScript. npm's package has the very file that upstream's source has. */
export const STRIPPER = 'deps/amaro/dist/index.js';

/** The header that names its version. */
export const STRIPPER_HEADER = 'src/amaro_version.h';

/** The version of amaro that a tree's header names, or undefined if its release has none. */
export const amaroIn = (header: string): string | undefined => /AMARO_VERSION "([^"]+)"/.exec(header)?.[1];

/** Puts amaro back in the version that the tree names, which has to be locked. */
async function restoreAmaro(tree: string, places: ReadonlyMap<string, string>): Promise<string | undefined> {
  const version = amaroIn(await readFile(path.join(tree, STRIPPER_HEADER), 'utf8').catch(() => ''));
  if (version === undefined || await exists(path.join(tree, STRIPPER))) return undefined;
  const archive = places.get(npmPath(AMARO, version));
  if (archive === undefined) {
    throw new UserError(`${STRIPPER_HEADER} names ${AMARO} ${version}, which ${LOCK} does not have`,
                        'lock the base again with `make lock LINE=<line>`');
  }
  await inTemporary('bindery-amaro-', async (folder) => {
    await run('tar', ['-xzf', archive, '-C', folder]);
    await mkdir(path.dirname(path.join(tree, STRIPPER)), { recursive: true });
    await cp(path.join(folder, 'package', 'dist', 'index.js'), path.join(tree, STRIPPER));
  });
  return `${AMARO} ${version}`;
}

/**
 * Puts back the parts that are missing in a tree.
 * @param places where the locked files are, by their path in the lock
 * @returns the parts and their versions
 */
export async function restoreStripped(
  sysroot: string,
  tree: string,
  places: ReadonlyMap<string, string> = new Map(),
): Promise<readonly string[]> {
  const restored: string[] = [];
  const shared = path.join(sysroot, 'usr', 'share', 'nodejs');
  const lists = await Promise.all(['configure.py', 'node.gyp'].map((file) => readFile(path.join(tree, file), 'utf8')));
  for (const part of builtins) {
    const wanted = lists.some((list) => list.includes(`'${part.to}'`));
    if (wanted && !await exists(path.join(tree, part.to))) restored.push(await restore(part, shared, tree));
  }
  const amaro = await restoreAmaro(tree, places);
  if (amaro !== undefined) restored.push(amaro);
  const gyp = path.join(tree, 'tools', 'gyp');
  if (!await exists(path.join(gyp, 'pylib'))) {
    const manifest = createRequire(import.meta.url).resolve('node-gyp/package.json');
    // Python's cache would be different each time.
    const filter = (source: string) => path.basename(source) !== '__pycache__';
    await cp(path.join(path.dirname(manifest), 'gyp'), gyp, { recursive: true, filter });
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
    restored.push(`gyp of node-gyp ${version}`);
  }
  // If OpenSSL is shared, only the path of this file is used.
  const cnf = path.join(tree, 'deps', 'openssl', 'nodejs-openssl.cnf');
  if (!await exists(cnf)) {
    await mkdir(path.dirname(cnf), { recursive: true });
    await writeFile(cnf, '');
  }
  return restored;
}
