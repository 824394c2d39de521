import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../base/base.ts';
import { officialNode } from '../base/official.ts';
import { namespaced, type Prefix } from '../core/namespaces.ts';
import { say } from '../core/report.ts';
import { columns } from '../core/table.ts';
import type { Tally } from '../core/tally.ts';
import { compare, type Comparison } from '../core/tap.ts';
import type { Stage } from './stage.ts';
import { type FileResult, type FileRun, filesOf, runFiles } from './tests.ts';

/**
 * Packages that include their tests. Those of ws and undici do not, so fastify's plugin
 * for the former and its proxy for the latter are used instead.
 */
const SUITES = [
  { name: 'fastify', of: 'fastify' },
  { name: '@fastify/websocket', of: 'ws' },
  { name: '@fastify/reply-from', of: 'undici' },
] as const;

/** Identifies the network part of a suite: test files with this call. */
const LISTENS = /\.listen\(/;

/** Files that are skipped, and why. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['@fastify/reply-from/test/http2-canceled-streams-cleanup.test.js', 'its test passes, and most times it does not end, with official v20.x as well'],
]);

/** The results of a suite. */
export interface Suite extends Comparison {
  readonly name: string;
  readonly files: number;
  /** The number of servers that adopted a bound socket. */
  readonly adopted: number;
}

/** Puts a program into a new network namespace with only the loopback interface. */
async function alone(): Promise<Prefix | undefined> {
  const up = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const way = await namespaced('--net', [...up, 'true']);
  return way && [...way, ...up];
}

/** The files of a package's tests that listen, without the skipped ones. */
async function listening(name: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(folder, 'test'), { recursive: true });
  const files = entries.filter((entry) => entry.endsWith('.test.js')).map((entry) => path.join('test', entry))
    .filter((file) => !LEFT_OUT.has(path.join(name, file))).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return files.filter((_, index) => LISTENS.test(texts[index]!));
}

/** How many servers adopted a socket, from the output of adopt.js: one line per process. */
export const sumOf = (text: string): number => text.split('\n').reduce((sum, line) => sum + Number(line), 0);

const failedOf = (results: readonly FileResult[]) => results.filter(({ outcome }) => outcome === 'fail');

/**
 * Reruns the files of failed tests one after the other, in case the machine was busy or a
 * test is flaky.
 */
async function again(how: FileRun, results: readonly FileResult[]): Promise<readonly FileResult[]> {
  const files = new Set(filesOf(failedOf(results)));
  const second = await runFiles(how, [...files], 1);
  for (const file of files) {
    if (!filesOf(failedOf(second)).includes(file)) say(`passed only when run alone: ${file}`);
  }
  return [...results.filter((result) => !files.has(filesOf([result])[0]!)), ...second];
}

/** Runs a package's own tests unchanged. Every server in them adopts a bound socket. */
async function runSuite(stage: Stage, official: string, name: string, prefix: Prefix): Promise<Suite> {
  const cwd = stage.file('node_modules', name);
  const results = stage.file('results', name);
  const ADOPTED = path.join(results, 'adopted');
  await rm(results, { recursive: true, force: true });
  const files = await listening(name, cwd);
  const how = { command: [...prefix, stage.node, '--require', stage.file('servers', 'adopt.js')], cwd, env: { ADOPTED }, results };
  const first = await runFiles(how, files);
  const adopted = sumOf(await readFile(ADOPTED, 'utf8').catch(() => ''));
  const ours = await again(how, first);
  const peerHow = { command: [...prefix, official], cwd, results: path.join(results, 'official') };
  // What passes with ours needs no comparison.
  const peer = await runFiles(peerHow, filesOf(failedOf(ours)), 1);
  const compared = compare(ours, peer);
  for (const test of compared.common) say(`fails with the official binary too: ${name} ${test}`);
  for (const { name: test, why } of failedOf(ours)) {
    if (compared.failures.includes(test)) say(`FAILED with ours alone: ${name} ${test} (${why ?? 'no reason given'})`);
  }
  return { ...compared, name, files: files.length, adopted };
}

/**
 * The table to print.
 * @param names the name of each suite in the table
 */
export function suitesTable(suites: readonly Suite[], names: ReadonlyMap<string, string>): readonly string[] {
  return columns([
    ['suite of', 'files', 'servers adopted', 'tests passed', 'skipped', 'official fails too', 'failed'],
    ...suites.map(({ name, files, adopted, passed, skipped, common, failures }) => [
      names.get(name)!,
      ...[files, adopted, passed, skipped, common.length, failures.length].map(String),
    ]),
  ]);
}

/**
 * Runs the network part of the ecosystem's own suites, with servers that adopt. What
 * fails is also run, unmodified, with the official binary of that release.
 */
export async function suites(stage: Stage, base: BaseRecord): Promise<Tally & { did: string }> {
  const prefix = await alone();
  if (prefix === undefined) {
    say('skipped: needs unshare(1), ip(8), and the right to make a network, as some of the tests would reach out');
    return { did: 'skipped', passed: 0, failed: 0 };
  }
  const official = await officialNode(nodeVersion(base.version));
  const found: Suite[] = [];
  const names = new Map<string, string>();
  for (const { name, of } of SUITES) {
    const manifest = await readFile(stage.file('node_modules', name, 'package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    names.set(name, `${name} ${version}${of === name ? '' : `, over ${of}`}`);
    found.push(await runSuite(stage, official, name, prefix));
  }
  for (const [file, why] of LEFT_OUT) say(`left out: ${file} (${why})`);
  for (const row of suitesTable(found, names)) say(row);
  // Without any, the suites prove nothing about adopted sockets.
  const idle = found.filter(({ adopted }) => adopted === 0);
  for (const { name } of idle) say(`FAILED ${name}: no server adopted a socket`);
  const passed = found.reduce((sum, suite) => sum + suite.passed, 0);
  const failed = found.reduce((sum, suite) => sum + suite.failures.length, 0) + idle.length;
  return { did: `${passed} passed, ${failed} failed with ours alone`, passed, failed };
}
