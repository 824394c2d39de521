import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { arch, linePaths } from '../core/paths.ts';
import { projectVersion } from '../core/project.ts';
import { proposalsOn } from '../core/proposals.ts';
import { run } from '../core/run.ts';
import { prefix, python, triplet } from '../core/system.ts';

/** How to build against a sysroot with this machine's compilers. */
export interface Toolchain {
  /** The folder of the sysroot's libraries. */
  readonly libraries: string;
  readonly cc: string;
  readonly cxx: string;
  readonly ldflags: string;
}

const loaders: Readonly<Record<string, string>> = {
  x64: 'lib64/ld-linux-x86-64.so.2',
  arm64: 'lib/ld-linux-aarch64.so.1',
};

export function dynamicLinker(sysroot: string): string {
  const loader = path.join(sysroot, loaders[arch] ?? '');
  if (loader === sysroot || !existsSync(loader)) {
    throw new UserError(`no dynamic linker is known for ${arch}`,
                        'a build works on amd64 and arm64');
  }
  return loader;
}

export async function toolchain(sysroot: string): Promise<Toolchain> {
  const loader = dynamicLinker(sysroot);
  const place = await triplet();
  const libraries = path.join(sysroot, 'usr', 'lib', place);
  // The sysroot's C++ headers belong to another compiler, so use those that come with this one.
  const search = await run(`${prefix}g++`, ['-E', '-x', 'c++', '-v', '/dev/null']);
  const headers = search.stderr.split('\n').map((line) => line.trim())
    .filter((line) => line.startsWith('/') && line.includes('/c++/') && existsSync(line));
  const own = [...new Set(headers)].map((folder) => `-isystem ${folder}`).join(' ');
  return {
    libraries,
    cc: `${prefix}gcc --sysroot=${sysroot}`,
    cxx: `${prefix}g++ --sysroot=${sysroot} ${own}`,
    // Use RPATH rather than RUNPATH, so that it also applies to what the libraries need.
    ldflags: [
      `--dynamic-linker=${loader}`,
      `-rpath,${libraries}`,
      '--disable-new-dtags',
      '--allow-shlib-undefined',
    ].map((flag) => `-Wl,${flag}`).join(' '),
  };
}

/** Incremented when the format of the settings changes, so that they are written again. */
const SETTINGS = 2;

/** Information about this project that is added to `process.config.variables` of the binary. */
function provenance(line: Line, base: BaseRecord): Readonly<Record<string, unknown>> {
  return {
    bindery_version: projectVersion(),
    bindery_line: line.name,
    bindery_base: base.version,
    // In older lines, configure claims that a shared library has neither.
    node_use_node_code_cache: 'true',
    node_use_node_snapshot: 'true',
    bindery_proposals: Object.fromEntries(proposalsOn(line).map(({ proposal, state }) => [proposal.name, state])),
  };
}

/** Node's settings as configure writes them and `process.config` shows them. */
interface Settings {
  readonly target_defaults: Record<string, unknown>;
  readonly variables: Record<string, unknown>;
}

/**
 * Removes the paths of this machine's library and header folders from the
 * settings. Only gyp needs them, and it has already read them. They would make
 * the binary differ from one built elsewhere.
 */
export function withoutPlaces({ target_defaults: defaults, variables }: Settings): Settings {
  const isPlace = (value: unknown) => typeof value === 'string' && /^(-[LI])?\//.test(value);
  const kept = (value: unknown) => (Array.isArray(value) ? value.filter((entry) => !isPlace(entry)) : value);
  return {
    target_defaults: Object.fromEntries(Object.entries(defaults).map(([key, value]) => [key, kept(value)])),
    variables,
  };
}

async function libraryFiles(tree: string): Promise<readonly string[]> {
  const files = await readdir(path.join(tree, 'lib'), { recursive: true });
  return files.filter((file) => file.endsWith('.js')).sort();
}

/** Where a line is built, and configure's flags if they are not those of the base. */
interface Place {
  readonly tree: string;
  readonly sysroot: string;
  readonly release: string;
  readonly logs: string;
  readonly flags?: readonly string[];
}

/**
 * Runs Node's configure in a tree, unless nothing it reads has changed since it
 * last succeeded.
 * @param place defaults to the line's fork tree
 */
export async function configure(
  line: Line,
  base: BaseRecord,
  tools: Toolchain,
  place: Place = linePaths(line.name),
): Promise<{ did: string }> {
  const { tree, sysroot, release, logs, flags = base.configure } = place;
  const interpreter = await python();
  if (interpreter === undefined) throw new UserError('no python3 here has jinja2', 'install python3-jinja2');
  const env = {
    CC: tools.cc,
    CXX: tools.cxx,
    LDFLAGS: tools.ldflags,
    CFLAGS: '',
    CXXFLAGS: '',
    CPPFLAGS: '',
    PKG_CONFIG_SYSROOT_DIR: sysroot,
    PKG_CONFIG_LIBDIR: [path.join(tools.libraries, 'pkgconfig'), path.join(sysroot, 'usr/share/pkgconfig')].join(':'),
    PYTHONPATH: path.join(tree, 'tools', 'gyp', 'pylib'),
    PYTHON: interpreter,
  };
  const facts = provenance(line, base);
  const hash = createHash('sha256').update(JSON.stringify([SETTINGS, flags, env, facts, await libraryFiles(tree)]));
  for (const file of ['configure.py', 'node.gyp', 'node.gypi', 'common.gypi']) {
    hash.update(await readFile(path.join(tree, file)));
  }
  const digest = hash.digest('hex');
  const stamp = path.join(release, 'bindery-configured');
  const last = await readFile(stamp, 'utf8').catch(() => '');
  if (last === digest) return { did: 'unchanged' };

  await mkdir(release, { recursive: true });
  await writeFile(stamp, '');
  await run(interpreter, ['configure.py', '--ninja', ...flags],
            { cwd: tree, env, log: path.join(logs, 'configure.log') });
  const gypi = path.join(tree, 'config.gypi');
  // Newer lines write JSON, older ones a Python literal.
  const read = 'import ast, json, sys; text = open(sys.argv[1]).read()\n' +
    'try: value = ast.literal_eval(text)\n' +
    'except ValueError: value = json.loads(text.split("\\n", 1)[1])\n' +
    'print(json.dumps(value))';
  const config = withoutPlaces(JSON.parse((await run(interpreter, ['-c', read, gypi])).stdout) as Settings);
  Object.assign(config.variables, facts);
  // This file is embedded as a builtin: js2c converts it to JSON, and
  // process.config is parsed from that.
  await writeFile(gypi, `# Do not edit. Generated by the configure script.\n${JSON.stringify(config, null, 2)}\n`);
  await writeFile(stamp, digest);
  return { did: `${flags.length} flags of the base's own package` };
}
