import { UserError } from '../core/errors.ts';
import { run } from '../core/run.ts';
import { inTemporary } from '../core/temporary.ts';

/** The flags for the programs of the fuzzers and the soak test, besides their own arguments. */
const FLAGS = ['--no-warnings', '--expose-gc', '--expose-internals'];

/** How a program ended. */
export interface Ended<T> {
  /** The lines of JSON that it printed. */
  readonly reports: readonly T[];
  /** Why the run failed: a signal, an exit code, or a stall. */
  readonly failure?: string;
}

/**
 * Runs a program that prints a line of JSON now and then, in a separate folder.
 * @param log gets everything that it prints
 * @param stall how many seconds without a line mean that it hangs
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
  return inTemporary('fuzz-', async (folder) => {
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
    }
  });
}
