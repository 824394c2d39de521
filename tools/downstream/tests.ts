import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fewAtATime } from '../core/abreast.ts';
import { UserError } from '../core/errors.ts';
import { say } from '../core/report.ts';
import { run, type RunOptions } from '../core/run.ts';
import type { Tally } from '../core/tally.ts';
import type { TestResult } from '../core/tap.ts';
import type { Stage } from './stage.ts';

/** The time limit in seconds for each file. */
const LIMIT = 60;

const REPORTER = fileURLToPath(new URL('reporter.mjs', import.meta.url));

/** A test, and its failure message. */
export interface FileResult extends TestResult {
  readonly why?: string;
}

/** How to run node:test files. */
export interface FileRun {
  /** The program and its first arguments, the last of which is the binary. */
  readonly command: readonly string[];
  /** The folder that file names are relative to. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder for the results and the logs, one of each per file. */
  readonly results: string;
}

/** Parses the reporter's output for one file. Tests with the same name are numbered. */
export function readResults(file: string, text: string): readonly FileResult[] {
  const seen = new Map<string, number>();
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const result = JSON.parse(line) as FileResult;
    const count = (seen.get(result.name) ?? 0) + 1;
    seen.set(result.name, count);
    return { ...result, name: `${file}: ${result.name}${count > 1 ? ` (${count})` : ''}` };
  });
}

/** Runs one file. It fails as a whole if it does not exit by itself, fails or has no tests. */
async function runFile({ command, cwd, env, results }: FileRun, file: string): Promise<readonly FileResult[]> {
  const base = path.join(results, file.replaceAll('/', '_'));
  await rm(`${base}.jsonl`, { force: true });
  const reporter = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${base}.jsonl`];
  const [program, ...args] = [...command, ...reporter, file];
  let timer: NodeJS.Timeout | undefined;
  const started = (child: ChildProcess) => {
    timer = setTimeout(() => child.kill('SIGKILL'), LIMIT * 1000);
  };
  const options: RunOptions = { cwd, log: `${base}.log`, accept: 'any', started, ...(env && { env }) };
  const ended = await run(program, args, options).then(
    ({ code }) => (code === 0 ? undefined : `exit code ${code}`),
    (error: unknown) => {
      if (error instanceof UserError) return error.message;
      throw error;
    });
  clearTimeout(timer);
  const found = readResults(file, await readFile(`${base}.jsonl`, 'utf8').catch(() => ''));
  const why = ended ?? (found.length === 0 ? 'no test ran' : undefined);
  // If a test failed, the exit code adds nothing.
  if (why === undefined || found.some(({ outcome }) => outcome === 'fail')) return found;
  return [...found, { name: `${file}: as a whole`, outcome: 'fail', why }];
}

/**
 * Runs node:test files, each in a separate process.
 * @param atOnce how many at a time
 */
export async function runFiles(
  how: FileRun,
  files: readonly string[],
  atOnce = availableParallelism(),
): Promise<readonly FileResult[]> {
  await mkdir(how.results, { recursive: true });
  return (await fewAtATime(files, atOnce, (file) => runFile(how, file))).flat();
}

/**
 * Runs the test files in one of the stage's folders, prints each result, and
 * counts them.
 * @param nameOf what a result is called
 */
export async function runFolder(
  stage: Stage,
  folder: string,
  files: readonly string[],
  nameOf: (name: string) => string,
): Promise<Tally & { did: string }> {
  const how = { command: [stage.node], cwd: stage.file(folder), results: stage.file('results', folder) };
  const results = await runFiles(how, files);
  for (const { name, outcome, why } of results) {
    say(outcome === 'pass' ? nameOf(name) : `FAILED ${nameOf(name)} (${why ?? outcome})`);
  }
  const passed = results.filter(({ outcome }) => outcome === 'pass').length;
  return { did: `${passed} of ${results.length} passed`, passed, failed: results.length - passed };
}

/** The files that the results are from. */
export const filesOf = (results: readonly FileResult[]): readonly string[] =>
  [...new Set(results.map(({ name }) => name.slice(0, name.indexOf(': '))))];
