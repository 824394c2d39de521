import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { STRIPPER } from '../../base/restore.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import type { Prefix } from '../../core/namespaces.ts';
import { root, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run, type RunOptions, type RunResult, tellingLine } from '../../core/run.ts';
import { prefix } from '../../core/system.ts';
import { type Tally, total } from '../../core/tally.ts';
import { parseTap } from '../../core/tap.ts';
import { emptyRoot, withoutOut } from './isolate.ts';
import { manifest } from './npm.ts';
import { type DistPaths, distPaths } from './paths.ts';

/** Programs that run by themselves, and a line that each must print. */
const EXAMPLES: Readonly<Record<string, RegExp>> = {
  'socket-options.js': /^TCP_USER_TIMEOUT 5000 ms$/m,
  'bound-handle.js': /^the client knows it at once: true$/m,
  'reserve-port.js': /bound again/,
  'tune-connection.js': /./,
};

const ownFile = (...parts: readonly string[]) => path.join(root, 'tools', 'publish', 'dist', ...parts);

/** The result of a trial: undefined if it passed, otherwise why not. */
type Fault = string | undefined;

/** A trial that cannot be run here. */
class Skip {
  constructor(readonly why: string) {}
}

/** The unpacked tarball, and programs started from it where nothing that was built is visible. */
class Unpacked {
  constructor(
    readonly paths: DistPaths,
    readonly base: BaseRecord,
    /** The folder for everything in the check. Its name contains a space and a non-ASCII letter. */
    readonly home: string,
    private readonly hidden: Prefix,
  ) {}

  get version(): string {
    return `v${nodeVersion(this.base.version)}`;
  }

  get folder(): string {
    return path.join(this.home, this.paths.name);
  }

  get node(): string {
    return path.join(this.folder, 'bin', 'node');
  }

  /**
   * A user's environment: the package comes first in PATH, and npm's files go where they
   * are thrown away.
   */
  private get env(): Readonly<Record<string, string | undefined>> {
    return {
      PATH: `${path.join(this.folder, 'bin')}:${process.env['PATH']}`,
      NODE_OPTIONS: undefined,
      npm_config_cache: path.join(this.home, 'npm-cache'),
      npm_config_nodedir: undefined,
      npm_config_update_notifier: 'false',
      TMPDIR: this.home,
    };
  }

  run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const [first = program, ...rest] = [...this.hidden, program, ...args];
    return run(first, rest, { accept: 'any', stall: 240, ...options, env: { ...this.env, ...options.env } });
  }

  npm(name: 'npm' | 'npx', args: readonly string[], cwd: string): Promise<RunResult> {
    return this.run(path.join(this.folder, 'bin', name), args, { cwd });
  }
}

const failure = (what: string, { code, stdout, stderr }: RunResult): Fault =>
  (code === 0 ? undefined : `${what} exited with ${code}: ${tellingLine(`${stderr}\n${stdout}`)}`);

async function addons(package_: Unpacked): Promise<Fault> {
  // gyp's makefiles cannot handle spaces, whichever Node they are for.
  const plain = await realpath(await mkdtemp(path.join(tmpdir(), 'bindery-addon-')));
  try {
    await cp(ownFile('addon'), plain, { recursive: true });
    await symlink(package_.folder, path.join(plain, 'node'));
    const gyp = path.join(package_.folder, 'lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js');
    const built = await package_.run(package_.node, [gyp, 'rebuild', `--nodedir=${path.join(plain, 'node')}`],
                                     { cwd: plain, env: { CC: `${prefix}gcc`, CXX: `${prefix}g++` } });
    if (built.code !== 0) return failure('node-gyp', built);
    const { stdout, stderr } = await package_.run(package_.node, [path.join(plain, 'load.cjs')]);
    if (stdout === '') return tellingLine(stderr);
    const [sum, ...versions] = JSON.parse(stdout) as [number, ...string[]];
    if (sum !== 42) return `40 + 2 was ${sum}`;
    const odd = versions.findIndex((version, index) => index % 2 === 0 && version !== versions[index + 1]);
    return odd < 0 ? undefined : `compiled against ${versions[odd + 1]}, and runs with ${versions[odd]}`;
  } finally {
    await rm(plain, { recursive: true, force: true });
  }
}

async function smallPackage(package_: Unpacked): Promise<Fault> {
  const folder = path.join(package_.home, 'small');
  await cp(ownFile('package'), folder, { recursive: true });
  const installed = await package_.npm('npm', ['install', '--offline', '--no-audit', '--no-fund'], folder);
  if (installed.code !== 0) return failure('npm install', installed);
  const tested = await package_.npm('npm', ['test'], folder);
  if (tested.code !== 0) return failure('npm test', tested);
  return /^. (tests|pass) 2$/m.test(tested.stdout) ? undefined : `npm test printed no two tests: ${tellingLine(tested.stdout)}`;
}

/** Runs TypeScript with a binary that has amaro, which that of v20.x has not. */
async function typescript(package_: Unpacked): Promise<Fault | Skip> {
  if (!existsSync(path.join(package_.paths.tree, STRIPPER))) return new Skip('this release does not run TypeScript');
  const file = path.join(package_.home, 'app.ts');
  await writeFile(file, 'const text: string = "stripped";\nconsole.log(text);\n');
  const result = await package_.run(package_.node, [file]);
  return result.stdout === 'stripped\n' ? undefined : failure('app.ts', result) ?? `it printed ${JSON.stringify(result.stdout)}`;
}

const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/;

async function registryPackage(package_: Unpacked): Promise<Fault | Skip> {
  const folder = path.join(package_.home, 'with-registry');
  await cp(ownFile('package'), folder, { recursive: true });
  const installed = await package_.npm('npm', ['install', '--no-audit', '--no-fund', '--fetch-retries=1', 'ms@^2'], folder);
  if (UNREACHABLE.test(installed.stderr)) return new Skip('npm\'s registry cannot be reached');
  if (installed.code !== 0) return failure('npm install ms', installed);
  const { stdout } = await package_.run(package_.node, ['-p', 'require("ms")("2 days")'], { cwd: folder });
  return stdout.trim() === '172800000' ? undefined : `it printed ${JSON.stringify(stdout)}`;
}

async function byNpx(package_: Unpacked): Promise<Fault> {
  const folder = path.join(package_.home, 'application');
  await mkdir(folder);
  await writeFile(path.join(folder, 'app.js'), 'console.log(JSON.stringify([process.version, process.execPath, typeof require("net").BoundHandle]))\n');
  const { name, version } = manifest(package_.base) as { name: string; version: string };
  const archive = `${name}-${version}.tgz`;
  // Copied into the folder itself, as the folder of all packages may be hidden.
  await cp(path.join(package_.paths.dir, archive), path.join(folder, archive));
  const result = await package_.npm('npx', ['--offline', '--yes', '-p', `./${archive}`, '--', 'node', 'app.js'], folder);
  if (result.code !== 0) return failure('npx', result);
  const [which, execPath, kind] = JSON.parse(result.stdout.trim().split('\n').at(-1)!) as [string, string, string];
  const own = path.join('node_modules', name, 'bin', 'node');
  if (!execPath.endsWith(own) || execPath.startsWith(package_.folder)) return `it ran ${execPath}`;
  return which === package_.version && kind === 'function' ? undefined : `${which} has BoundHandle as ${kind}`;
}

/** The tarball that the container file unpacks on this machine must be next to it, under that name. */
async function containerFile({ paths }: Unpacked): Promise<Fault> {
  const text = await readFile(path.join(paths.dir, 'Containerfile'), 'utf8');
  const archives = [...text.matchAll(/^ADD (\S+) /gm)].map((match) => match[1]!);
  const own = archives.filter((archive) => archive.startsWith(paths.name));
  return own.length === 1 && existsSync(path.join(paths.dir, own[0]!)) ? undefined : `it unpacks ${archives.join(', ')}`;
}

/** Counts the tests of a run that prints TAP, and names the failed ones. */
function countTap(where: string, { stdout, stderr }: RunResult): Tally {
  let results;
  try {
    results = parseTap(stdout);
  } catch (error) {
    say(`FAILED ${where}: ${(error as Error).message}: ${tellingLine(stderr)}`);
    return { passed: 0, failed: 1 };
  }
  for (const { name, outcome } of results) {
    if (outcome === 'fail') say(`FAILED ${where}: ${name}`);
  }
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  return { passed: count('pass'), failed: count('fail') };
}

async function trial(what: string, work: () => Promise<Fault | Skip>): Promise<Tally> {
  const result = await work();
  if (result instanceof Skip) {
    say(`skipped ${what}: ${result.why}`);
    return { passed: 0, failed: 0 };
  }
  if (result !== undefined) say(`FAILED ${what}: ${result}`);
  return result === undefined ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

const TESTS = 'process.test.cjs';

async function processTests(package_: Unpacked): Promise<Tally> {
  const env = { PACKAGE: package_.folder, VERSION: package_.version };
  return countTap('here', await package_.run(package_.node, ['--test-reporter=tap', ownFile('check', TESTS)], { env }));
}

/** Runs the same tests in a root that contains nothing but the package. */
async function processTestsAlone(package_: Unpacked): Promise<Tally> {
  const prefix = await emptyRoot(path.join(package_.home, 'root'), package_.folder, [ownFile('check', TESTS)]);
  if (prefix === undefined) {
    say('skipped alone: file systems cannot be mounted by this user');
    return { passed: 0, failed: 0 };
  }
  const env = { PACKAGE: '/package', VERSION: package_.version, ALONE: '1', TMPDIR: '/tmp', HOME: '/tmp' };
  const args = [...prefix.slice(1), '/package/bin/node', '--test-reporter=tap', `/check/${TESTS}`];
  return countTap('alone', await run(prefix[0]!, args, { accept: 'any', stall: 240, env: { ...env, NODE_OPTIONS: undefined } }));
}

/**
 * Unpacks a line's tarball elsewhere and tries what a Node must be able to do there, and
 * the npm package.
 */
export async function distCheck(line: Line, base: BaseRecord): Promise<Tally & { did: string }> {
  const paths = distPaths(line, base);
  const todo = `run \`make dist LINE=${line.name}\``;
  await readFile(path.join(paths.dir, 'SHASUMS256.txt')).catch(() => {
    throw new UserError(`${shown(paths.dir)} has no packages`, todo);
  });
  await run('sha256sum', ['--check', '--quiet', 'SHASUMS256.txt'], { cwd: paths.dir, todo });
  const home = await realpath(await mkdtemp(path.join(tmpdir(), 'bindery dist ü ')));
  try {
    await run('tar', ['-xf', path.join(paths.dir, `${paths.name}.tar.xz`), '-C', home], { todo });
    const hidden = await withoutOut();
    if (hidden === undefined) say('what was built stays in sight: file systems cannot be mounted by this user');
    const package_ = new Unpacked(paths, base, home, hidden ?? []);
    const tallies = [await processTests(package_), await processTestsAlone(package_)];
    for (const [name, prints] of Object.entries(EXAMPLES)) {
      tallies.push(await trial(name, async () => {
        const result = await package_.run(package_.node, [path.join(root, 'examples', name)]);
        return failure(name, result) ?? (prints.test(result.stdout) ? undefined : `it printed ${JSON.stringify(result.stdout)}`);
      }));
    }
    tallies.push(await trial('native addons', () => addons(package_)));
    tallies.push(await trial('npm install and npm test', () => smallPackage(package_)));
    tallies.push(await trial('a dependency from the registry', () => registryPackage(package_)));
    tallies.push(await trial('npx', () => byNpx(package_)));
    tallies.push(await trial('TypeScript', () => typescript(package_)));
    tallies.push(await trial('the container file', () => containerFile(package_)));
    const { passed, failed } = total(tallies);
    return { did: `${passed} of ${passed + failed} passed`, passed, failed };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
