import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Apt, privateApt } from '../../base/apt.ts';
import { requireSpace } from '../../base/make-base.ts';
import { NETWORK } from '../../base/mirror.ts';
import { UserError } from '../../core/errors.ts';
import { out, root, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run } from '../../core/run.ts';

/** The suite that has an Emscripten with -sNODERAWSOCKETS. */
const SUITE = 'forky';

/** Emscripten and the programs that it starts, including the shell and readlink. */
const PACKAGES = ['emscripten', 'dash', 'coreutils'];

/** The size of the root while it is made, with the downloaded packages and the compiled C library. */
const SPACE = 1.2e9;


/** poll() blocks the program while Node's event loop runs, which requires ASYNCIFY. */
const FLAGS = ['-O0', '-sSTRICT', '-sNODERAWSOCKETS', '-sASYNCIFY', '-sEXIT_RUNTIME', '-sENVIRONMENT=node'];
const NATIVE_FLAGS = ['-O1', '-Wall', '-Wextra', '-Werror'];

/** The folder with the programs, their shared files and the JavaScript library. */
export const sources = path.join(root, 'downstream', 'wasm');
const LIBRARY = 'library_socket_options.js';
const HEADER = 'posix.h';

/** A root in which Emscripten runs. */
export interface Emscripten {
  readonly dir: string;
  readonly version: string;
}

/** A program in its three forms. */
export interface Compiled {
  readonly native: string;
  /** With Emscripten's own backend only. */
  readonly plain: string;
  /** With our JavaScript library. */
  readonly library: string;
}

const versionIn = async (dir: string) =>
  (await readFile(path.join(dir, 'usr', 'share', 'emscripten', 'emscripten-version.txt'), 'utf8')).trim().replaceAll('"', '');

/** The machine's download settings, e.g. a proxy, as an apt configuration file. */
async function downloadSettings(apt: Apt): Promise<string> {
  const config = await readFile(apt.env['APT_CONFIG']!, 'utf8');
  const acquire = config.split('\n').filter((line) => /^Acquire::(?!IndexTargets|Changelogs)/.test(line));
  const file = path.join(apt.dir, 'emscripten.conf');
  await writeFile(file, [...acquire, 'APT::Install-Recommends "false";', ''].join('\n'));
  return file;
}

/** Links of a merged-/usr suite, which none of the packages above contains. */
const LINKS = 'for name in bin sbin lib lib64; do mkdir -p "$1/usr/$name" && ln -s "usr/$name" "$1/$name"; done';

/**
 * The root with Emscripten, made by mmdebstrap from the suite's packages, which apt
 * verifies. No privileges are needed: packages are unpacked without running their
 * scripts.
 */
export async function emscripten(): Promise<Emscripten> {
  const cache = path.join(out, 'cache', SUITE);
  const made = (await readdir(cache).catch(() => [])).find((name) => /^emscripten-[\d.]+$/.test(name));
  if (made !== undefined) return { dir: path.join(cache, made), version: made.slice('emscripten-'.length) };

  const partial = path.join(cache, 'emscripten.partial');
  await rm(partial, { recursive: true, force: true });
  await requireSpace(cache, partial, SPACE);
  const apt = await privateApt(SUITE);
  const list = await readFile(path.join(apt.dir, 'etc', 'sources.list'), 'utf8');
  const source = list.split('\n').find((line) => line.startsWith('deb '))!;
  say(`emscripten from ${SUITE}`);
  await run('mmdebstrap', [
    '--mode=chrootless', '--variant=extract', '--format=directory', `--include=${PACKAGES.join(',')}`,
    `--aptopt=${await downloadSettings(apt)}`, `--setup-hook=${LINKS}`, SUITE, partial, source,
  ], { log: path.join(cache, 'emscripten.log'), todo: NETWORK, stall: 300 });
  // Only root can create the device; a file serves the purpose.
  const nowhere = path.join(partial, 'dev', 'null');
  await mkdir(path.dirname(nowhere), { recursive: true });
  if (!existsSync(nowhere)) await writeFile(nowhere, '');
  const version = await versionIn(partial);
  say(`emscripten ${version}: the C library`);
  await emcc(partial, FLAGS, 'nothing', path.join(cache, 'emscripten-library.log'),
             (work) => writeFile(path.join(work, 'nothing.c'), 'int main(void) { return 0; }\n'));
  const dir = path.join(cache, `emscripten-${version}`);
  await rename(partial, dir);
  return { dir, version };
}

/**
 * Compiles a program inside the root, in a separate folder. Users other than root become
 * root in a namespace.
 * @param place puts the sources into that folder
 * @returns the folder
 */
async function emcc(
  dir: string,
  flags: readonly string[],
  name: string,
  log: string,
  place: (work: string) => Promise<void>,
): Promise<string> {
  const work = path.join(dir, 'work');
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  await place(work);
  const compiler = ['/usr/bin/env', '--chdir=/work', '/usr/bin/python3', '-E', '/usr/share/emscripten/emcc.py'];
  const command = [...compiler, ...flags, `${name}.c`, '-o', `${name}.js`];
  const isRoot = process.getuid!() === 0;
  await run(isRoot ? '/usr/sbin/chroot' : '/usr/bin/unshare', [...isRoot ? [dir] : ['--map-root-user', `--root=${dir}`], ...command], {
    log,
    env: { PATH: '/usr/bin', HOME: '/tmp', NODE_OPTIONS: undefined, EMCC_CORES: String(availableParallelism()) },
    todo: 'see the log, then run again, as root where this system has no user namespaces for others',
  });
  return work;
}

const compiledIn = path.join(out, 'cache', 'wasm');

/**
 * The folder with the result for these sources, made by `compile` if it does not exist.
 * Its name is a hash of everything that the result depends on.
 */
async function cached(
  files: readonly string[],
  how: readonly string[],
  compile: (partial: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(how));
  for (const file of files) hash.update(await readFile(path.join(sources, file)));
  const dir = path.join(compiledIn, hash.digest('hex').slice(0, 20));
  if (existsSync(dir)) return dir;
  const partial = `${dir}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await compile(partial);
  await rename(partial, dir);
  return dir;
}

async function toWasm(tool: Emscripten, name: string, withLibrary: boolean): Promise<string> {
  const files = [`${name}.c`, HEADER, ...withLibrary ? [LIBRARY] : []];
  const flags = [...FLAGS, ...withLibrary ? ['--js-library', LIBRARY] : []];
  const dir = await cached(files, [name, tool.version, ...flags], async (partial) => {
    const place = async (work: string) => {
      for (const file of files) await copyFile(path.join(sources, file), path.join(work, file));
    };
    const work = await emcc(tool.dir, flags, name, path.join(compiledIn, `${name}.log`), place);
    for (const file of [`${name}.js`, `${name}.wasm`]) await copyFile(path.join(work, file), path.join(partial, file));
  });
  return path.join(dir, `${name}.js`);
}

async function toNative(name: string): Promise<string> {
  const file = `${name}.c`;
  const dir = await cached([file, HEADER], [name, process.arch, ...NATIVE_FLAGS], async (partial) => {
    await run('gcc', [...NATIVE_FLAGS, '-o', path.join(partial, name), path.join(sources, file)]);
  });
  return path.join(dir, name);
}

/**
 * Compiles programs natively and to WebAssembly. Only changed ones are recompiled, and
 * results that are no longer needed are removed.
 */
export async function compileAll(tool: Emscripten, names: readonly string[]): Promise<ReadonlyMap<string, Compiled>> {
  const before = new Set(await readdir(compiledIn).catch(() => []));
  const programs = new Map<string, Compiled>();
  for (const name of names) {
    programs.set(name, {
      native: await toNative(name),
      plain: await toWasm(tool, name, false),
      library: await toWasm(tool, name, true),
    });
  }
  const used = [...programs.values()].flatMap(({ native, plain, library }) => [native, plain, library])
    .map((file) => path.basename(path.dirname(file)));
  say(`${used.filter((name) => !before.has(name)).length} of ${used.length} programs compiled, nothing has changed in the others`);
  for (const name of await readdir(compiledIn)) {
    if (!name.endsWith('.log') && !used.includes(name)) await rm(path.join(compiledIn, name), { recursive: true });
  }
  return programs;
}

/** @throws UserError if this Emscripten has no raw sockets */
export async function requireRawSockets({ dir, version }: Emscripten): Promise<void> {
  const settings = await readFile(path.join(dir, 'usr', 'share', 'emscripten', 'src', 'settings.js'), 'utf8');
  if (/^var NODERAWSOCKETS\b/m.test(settings)) return;
  throw new UserError(`Emscripten ${version} of ${SUITE} has no -sNODERAWSOCKETS`,
                      `remove ${shown(dir)} and name a mirror with a newer one by BINDERY_MIRROR=<url>`);
}
