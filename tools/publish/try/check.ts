import { cp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nodeVersion } from '../../base/base.ts';
import { officialNode } from '../../base/official.ts';
import { lastOf, lockedOf, publishedReleases } from '../../base/releases.ts';
import { loadLines } from '../../core/lines.ts';
import { npm } from '../../core/npm.ts';
import { root } from '../../core/paths.ts';
import { type Done, say } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import type { Tally } from '../../core/tally.ts';
import { inTemporary } from '../../core/temporary.ts';

const PROGRAMS = path.join(root, 'tools', 'publish', 'try', 'programs');

/** What a program printed, and how it ended. */
interface Ran {
  readonly code: number;
  readonly output: string;
}

/** A folder with nothing of ours but the installed package. */
class Place {
  readonly command: string;

  constructor(readonly dir: string) {
    this.command = path.join(dir, 'node_modules', '.bin', 'bindery-try');
  }

  get package(): string {
    return path.join(this.dir, 'node_modules', 'bindery-try');
  }

  /** Runs bindery-try, with a binary first on the PATH. */
  async run(binary: string, args: readonly string[]): Promise<Ran> {
    const PATH = `${path.dirname(binary)}:${process.env['PATH']}`;
    const env = { PATH, NODE_OPTIONS: undefined, npm_node_execpath: undefined };
    const { code, stdout, stderr } = await run('timeout', ['60', this.command, ...args], { cwd: this.dir, accept: 'any', env });
    return { code, output: `${stdout}${stderr}`.trim() };
  }
}

/** The ten lines of the README. */
async function tenLines(): Promise<string> {
  const readme = await readFile(path.join(root, 'README.md'), 'utf8');
  return /^## Ten lines that show it\n+```js\n([^]*?)```/m.exec(readme)![1]!;
}

interface Trial {
  readonly name: string;
  readonly args: readonly string[];
  readonly prints: RegExp;
  /** The first major version that can run it. */
  readonly since?: number;
}

const VERSION = 'process.versions.bindery';

const TRIALS: readonly Trial[] = [
  { name: 'the ten lines', args: ['ten.js'], prints: /^5000$/ },
  { name: 'an ECMAScript module with a thread', args: ['worker.mjs'], prints: /^worker$/ },
  { name: 'a cluster', args: ['cluster.cjs'], prints: /^cluster$/ },
  { name: 'https', args: ['https.cjs'], prints: /^https$/ },
  { name: '--test', args: ['--test', 'ok.test.cjs'], prints: /^(#|ℹ) pass 1$/m },
  { name: 'TypeScript', args: ['typed.ts'], prints: /^function$/m, since: 24 },
  { name: 'a program in an argument', args: ['-p', `typeof net.BoundHandle + ${VERSION}`], prints: /^function\d+\.\d+\.\d+$/ },
  { name: 'a child', args: ['-p', `String(child_process.execFileSync(process.execPath, ["-p", "${VERSION}"]))`], prints: /^\d+\.\d+\.\d+$/ },
  { name: 'the REPL', args: ['-i', '-e', 'console.log(typeof net.BoundHandle); process.exit()'], prints: /function/ },
];

async function tryWith(place: Place, version: string): Promise<Tally> {
  const binary = await officialNode(version);
  const major = Number(version.split('.')[0]);
  const tally = { passed: 0, failed: 0 };
  for (const { name, args, prints } of TRIALS.filter(({ since = 0 }) => major >= since)) {
    const { code, output } = await place.run(binary, args);
    const isGood = code === 0 && prints.test(output);
    if (!isGood) say(`FAILED ${name} on v${version} (${code}): ${output}`);
    tally[isGood ? 'passed' : 'failed']++;
  }
  return tally;
}

/** Circumstances in which it refuses to start, and what it says then. */
async function refusals(place: Place, binary: string): Promise<Tally> {
  const tally = { passed: 0, failed: 0 };
  const expect = async (name: string, says: RegExp, args: readonly string[]) => {
    const { code, output } = await place.run(binary, args);
    const isGood = code === 1 && says.test(output) && !output.includes('\n');
    if (!isGood) say(`FAILED ${name} (${code}): ${output}`);
    tally[isGood ? 'passed' : 'failed']++;
  };
  const prebuilds = path.join(place.package, 'prebuilds');
  const index = path.join(place.package, 'lines', 'index.json');
  const known = await readFile(index, 'utf8');
  await writeFile(index, known.replaceAll(/"since": "\d+/g, '"since": "99'));
  await expect('a node that it does not know', /^bindery-try: it does not know Node\.js v/, ['-e', '0']);
  await writeFile(index, known);
  await expect('without addons', /^bindery-try: the addon does not load in Node\.js v/, ['--no-addons', '-e', '0']);
  const [first, second] = (await readdir(prebuilds)).sort() as [string, string];
  const modules = (await run(binary, ['-p', 'process.versions.modules'])).stdout.trim();
  const own = path.join(prebuilds, `linux-${process.arch}-${modules}.node`);
  await rename(own, `${own}.away`);
  await expect('without an addon', /^bindery-try: its addon is not built for Node\.js v/, ['-e', '0']);
  await cp(path.join(prebuilds, own.endsWith(first) ? second : first), own);
  await expect('with the addon of another version', /^bindery-try: the addon does not load in Node\.js v/, ['-e', '0']);
  await writeFile(own, 'no addon');
  await expect('with an addon that is none', /^bindery-try: the addon does not load in Node\.js v/, ['-e', '0']);
  await rename(`${own}.away`, own);
  const texts = path.join(place.package, 'lines', 'main.json');
  const whole = await readFile(texts, 'utf8');
  await writeFile(texts, whole.replaceAll('"before":["', '"before":["other'));
  await expect('hooks that do not fit', /^bindery-try: its hooks do not fit lib\/\S+ of Node\.js v/, ['-e', '0']);
  await writeFile(texts, whole);
  return tally;
}

/** Builds the addon as npm does where there is none. */
async function sourceBuild(place: Place, binary: string): Promise<Tally> {
  const prebuilds = path.join(place.package, 'prebuilds');
  await rename(prebuilds, `${prebuilds}.away`);
  const PATH = `${path.dirname(binary)}:${process.env['PATH']}`;
  const nodedir = path.join(path.dirname(binary), '..');
  const env = { PATH, npm_config_nodedir: nodedir };
  const rebuild = (more: object = {}) =>
    npm(['rebuild', '--foreground-scripts', 'bindery-try'], { cwd: place.dir, env: { ...env, ...more } });
  const refused = await rebuild({ CXX: 'false' });
  const isTold = /^bindery-try: its addon is not built: .+$/m.test(refused);
  if (!isTold) say(`FAILED without a compiler: ${refused}`);
  await rebuild();
  const { code, output } = await place.run(binary, ['ten.js']);
  const isGood = code === 0 && output === '5000';
  if (!isGood) say(`FAILED with the addon that npm built (${code}): ${output}`);
  await rename(`${prebuilds}.away`, prebuilds);
  return { passed: Number(isTold) + Number(isGood), failed: Number(!isTold) + Number(!isGood) };
}

/** The median of what a start takes, in milliseconds. */
async function startUp(start: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const from = performance.now();
    await start();
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[4]!;
}

/**
 * Installs the package in an empty folder and runs programs under the newest release of each
 * line. It is also tried where it has to refuse, and built from source.
 */
export async function checkTry(tarball: string): Promise<Tally & Done> {
  return inTemporary('bindery-try-', async (dir) => {
    const place = new Place(dir);
    await writeFile(path.join(dir, 'package.json'), '{}\n');
    const from = performance.now();
    await npm(['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: dir });
    say(`installed in ${((performance.now() - from) / 1000).toFixed(1)} s`);
    for (const file of await readdir(PROGRAMS)) await cp(path.join(PROGRAMS, file), path.join(dir, file));
    await writeFile(path.join(dir, 'ten.js'), await tenLines());
    await writeFile(path.join(dir, 'typed.ts'), 'const kind: string = typeof require("node:net").BoundHandle;\nconsole.log(kind);\n');
    const releases = await publishedReleases();
    // A line with hooks for its next release has others for those before it.
    const versions = [...loadLines().lines.values()].flatMap((line) =>
      [lastOf(line, releases)!, ...(line.next ? [nodeVersion(lockedOf(line)!)] : [])]);
    const tallies: Tally[] = [];
    for (const version of versions) {
      tallies.push(await tryWith(place, version));
      const binary = await officialNode(version);
      const env = { NODE_OPTIONS: undefined };
      const alone = await startUp(() => run(binary, ['-e', '0'], { env }));
      const laid = await startUp(() => place.run(binary, ['-e', '0']));
      say(`v${version}: ${alone.toFixed(0)} ms to start alone, ${laid.toFixed(0)} ms by bindery-try`);
    }
    const binary = await officialNode(versions[0]!);
    tallies.push(await refusals(place, binary), await sourceBuild(place, binary));
    const sum = (key: keyof Tally) => tallies.reduce((count, tally) => count + tally[key], 0);
    return { passed: sum('passed'), failed: sum('failed'), did: `${sum('passed')} of ${sum('passed') + sum('failed')} passed` };
  });
}
