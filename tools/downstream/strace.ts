import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, type RunOptions, type RunResult } from '../core/run.ts';

/**
 * Runs a program under strace.
 * @param calls the system calls to see, such as `%network`
 * @returns its result, and what each of its threads and processes called
 */
export async function traced(
  command: readonly string[],
  calls: string,
  options: RunOptions = {},
): Promise<{ result: RunResult; threads: readonly string[] }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'bindery-strace-'));
  try {
    const args = ['-ff', '-qq', '-s', '256', '--seccomp-bpf', '-e', `trace=${calls}`, '-e', 'signal=none'];
    const result = await run('strace', [...args, '-o', path.join(dir, 'thread'), ...command],
                             { ...options, env: { NODE_OPTIONS: undefined } });
    const files = (await readdir(dir)).sort();
    return { result, threads: await Promise.all(files.map((file) => readFile(path.join(dir, file), 'utf8'))) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
