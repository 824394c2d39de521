import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import { run } from '../../core/run.ts';

/** What the programs of the fuzzers and of the soak are run with, besides their own arguments. */
export const FLAGS = ['--no-warnings', '--expose-gc', '--expose-internals'];

/** How a program has ended. */
export interface Ended<T> {
  /** The lines of JSON that it has printed. */
  readonly reports: readonly T[];
  /** Why it is not to be trusted: a signal, an exit code, or nothing happening any more. */
  readonly failure?: string;
}

/**
 * Runs a program that prints a line of JSON now and then, in a folder of its own.
 * @param log gets everything that it prints
 * @param stall the seconds without a line after which it hangs
 */
export async function runReporting<T>(
  node: string,
  args: readonly string[],
  { log, stall, env = {} }: {
    readonly log: string;
    readonly stall: number;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Ended<T>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fuzz-'));
  const reports: T[] = [];
  const progress = (text: string) => {
    if (text.startsWith('{')) reports.push(JSON.parse(text) as T);
    return undefined;
  };
  try {
    const { code, stderr } = await run(node, [...FLAGS, ...args], {
      cwd: folder, log, stall, progress, accept: 'any', env: { NODE_OPTIONS: undefined, ...env },
    });
    if (code === 0) return { reports };
    return { reports, failure: `exit code ${code}: ${stderr.trim().split('\n')[0]}` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { reports, failure: error.message.replace(/ \(log: .*\)$/, '') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
