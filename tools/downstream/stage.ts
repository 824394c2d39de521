import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import type { Line } from '../core/lines.ts';
import { npm } from '../core/npm.ts';
import { linePaths, root } from '../core/paths.ts';
import { run } from '../core/run.ts';

/** npm packages that are built on this machine, against the line's own headers. */
const ADDONS = ['sockopt'];

/** The programs in `downstream/` that use those packages. */
const PARTS = ['clients', 'ports', 'servers', 'sockets', 'threads', 'wasi'];

/**
 * Where the programs of `make downstream` run: copies of them, next to the npm packages
 * that they load.
 */
export interface Stage {
  readonly dir: string;
  /** The line's binary. */
  readonly node: string;
  /** The path of one of the programs, or of a file in a package. */
  file(...names: readonly string[]): string;
  log(name: string): string;
}

const stageOf = (line: Line): Stage => {
  const { dir: lineDir, node, logs } = linePaths(line.name);
  const dir = path.join(lineDir, 'downstream');
  return {
    dir,
    node,
    file: (...names) => path.join(dir, ...names),
    log: (name) => path.join(logs, `downstream-${name}.log`),
  };
};

/**
 * Compiles an addon in its own folder with the line's binary, so that its configuration
 * matches the headers.
 */
async function buildAddon(line: Line, stage: Stage, name: string): Promise<void> {
  const { node, sysroot } = linePaths(line.name);
  const gyp = path.join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const headers = path.join(sysroot, 'usr', 'include', 'nodejs');
  const options = { cwd: stage.file('node_modules', name), log: stage.log(`addon-${name}`) };
  await run(node, [gyp, 'rebuild', `--nodedir=${headers}`], options);
  // Prebuilt binaries are removed, so that this build is loaded.
  await rm(stage.file('node_modules', name, 'prebuilds'), { recursive: true, force: true });
}

/**
 * Installs the packages in the lock file and builds the addons. Only repeated if the lock
 * file or the line's base has changed.
 */
async function installPackages(line: Line, base: BaseRecord, stage: Stage): Promise<string> {
  const record = stage.file('installed.txt');
  const wanted = `${base.version}\n${await readFile(path.join(root, 'downstream', 'package-lock.json'), 'utf8')}`;
  if (await readFile(record, 'utf8').catch(() => '') === wanted) return 'nothing to install';
  await rm(record, { force: true });
  for (const file of ['package.json', 'package-lock.json']) {
    await cp(path.join(root, 'downstream', file), stage.file(file));
  }
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await npm(args, { cwd: stage.dir, log: stage.log('npm') });
  for (const name of ADDONS) await buildAddon(line, stage, name);
  await writeFile(record, wanted);
  return `npm packages installed, ${ADDONS.join(', ')} built from source`;
}

/** Creates or updates the folder that the line's programs run in. */
export async function stageDownstream(line: Line, base: BaseRecord): Promise<Stage & { did: string }> {
  const stage = stageOf(line);
  await mkdir(stage.dir, { recursive: true });
  const did = await installPackages(line, base, stage);
  for (const part of PARTS) {
    await rm(stage.file(part), { recursive: true, force: true });
    await cp(path.join(root, 'downstream', part), stage.file(part), { recursive: true });
  }
  return { ...stage, did };
}

/** Compiles one of the programs in C, and returns the path of the binary. */
export async function compileProgram(stage: Stage, part: string, name: string): Promise<string> {
  const binary = stage.file(part, name);
  await run('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', binary, stage.file(part, `${name}.c`)]);
  return binary;
}
