import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root } from '../../core/paths.ts';
import { run } from '../../core/run.ts';
import { isPublished, stagedPackage, typings } from './stage.ts';

/** The findings of a check; it passes if there are none. */
export interface Checked {
  readonly name: string;
  readonly faults: readonly string[];
}

/**
 * Packs the package as npm publishes it.
 * @returns the tarball and the names in it
 */
export async function pack(folder: string): Promise<{ tarball: string; names: readonly string[] }> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, typings], { cwd: folder });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: ReadonlyArray<{ path: string }> }];
  const names = packed.files.map((file) => file.path).sort();
  return { tarball: path.join(folder, path.basename(packed.filename)), names };
}

/** What must be in the tarball, and nothing else. */
async function contentFaults(names: readonly string[]): Promise<readonly string[]> {
  const wanted = ['LICENSE', 'README.md', ...(await readdir(typings)).filter(isPublished)];
  return [
    ...wanted.filter((name) => !names.includes(name)).map((name) => `${name} is not packed`),
    ...names.filter((name) => !wanted.includes(name)).map((name) => `${name} is packed`),
  ];
}

async function publintFaults(): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ pkgDir: typings, strict: true });
  return messages.map((message) => formatMessage(message, pkg) ?? message.code);
}

async function attwFaults(tarball: string): Promise<readonly string[]> {
  const cli = path.join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const { code, stdout, stderr } = await run(process.execPath, [cli, tarball, '--no-color', '--no-emoji'], { accept: 'any' });
  return code === 0 ? [] : [`${stdout}${stderr}`.trim()];
}

/** A kind of project that installs the package. */
const PROJECTS = [
  { name: 'CommonJS by TypeScript 5.4', compiler: 'typescript-5.4', type: 'commonjs', options: { module: 'commonjs', moduleResolution: 'node10' } },
  { name: 'CommonJS', compiler: 'typescript', type: 'commonjs', options: { module: 'nodenext' } },
  { name: 'ECMAScript modules', compiler: 'typescript', type: 'module', options: { module: 'nodenext' } },
  { name: 'a bundler', compiler: 'typescript', type: 'module', options: { module: 'esnext', moduleResolution: 'bundler' } },
] as const;

/**
 * Installs the tarball with npm in an empty project without network access, compiles a
 * program there and runs the result.
 */
async function projectFaults(
  folder: string,
  tarball: string,
  node: string,
  project: typeof PROJECTS[number],
): Promise<readonly string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: project.type }));
  const npm = ['install', '--offline', '--legacy-peer-deps', '--no-audit', '--no-fund', tarball];
  const installed = await run('npm', npm, { cwd: folder, accept: 'any' });
  if (installed.code !== 0) return [`npm install: ${installed.stderr.trim()}`];
  // The peer dependency would be downloaded, so the local copy is used.
  await mkdir(path.join(folder, 'node_modules', '@types'), { recursive: true });
  await symlink(path.join(root, 'node_modules', 'types-node-24'), path.join(folder, 'node_modules', '@types', 'node'));
  await cp(path.join(typings, 'test', 'consumer.ts'), path.join(folder, 'consumer.ts'));
  const compilerOptions = {
    ...project.options,
    strict: true,
    exactOptionalPropertyTypes: true,
    esModuleInterop: true,
    skipLibCheck: false,
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    outDir: 'dist',
    rootDir: '.',
  };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  const tsc = path.join(root, 'node_modules', project.compiler, 'bin', 'tsc');
  const compiled = await run(process.execPath, [tsc, '-p', '.'], { cwd: folder, accept: 'any' });
  if (compiled.code !== 0) return [compiled.stdout.trim()];
  const program = path.join(folder, 'dist', 'consumer.js');
  const { code, stdout, stderr } = await run('timeout', ['60', node, program], { cwd: folder, accept: 'any' });
  if (code !== 0 || stdout !== 'consumed\n') return [`it printed ${JSON.stringify(stdout + stderr)}`];
  return [];
}

/**
 * Checks the packed package: its content, publint, arethetypeswrong, and projects that
 * install it.
 * @param node the binary that runs the compiled programs
 */
export async function* checkPackage(
  folder: string,
  { tarball, names }: Awaited<ReturnType<typeof pack>>,
  node: string,
): AsyncGenerator<Checked> {
  yield { name: 'the files in the tarball', faults: await contentFaults(names) };
  yield { name: 'publint', faults: await publintFaults() };
  yield { name: 'arethetypeswrong', faults: await attwFaults(tarball) };
  for (const [index, project] of PROJECTS.entries()) {
    const faults = await projectFaults(path.join(folder, `project-${index}`), tarball, node, project);
    yield { name: `installed for ${project.name}`, faults };
  }
}

/** Unpacks the tarball into a staged folder, replacing the checkout's files. */
export async function unpack(tarball: string, folder: string): Promise<void> {
  await rm(stagedPackage(folder), { recursive: true, force: true });
  await mkdir(stagedPackage(folder), { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', stagedPackage(folder)]);
}
