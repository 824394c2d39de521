import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, root } from '../core/paths.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';

/** The release whose BoundSocket is the peer on every line. */
export const BOUND_SOCKET = '24.21.0';

/** The path of a program that is measured or measures. */
export function benchFile(file: string): string {
  return path.join(root, 'tools', 'measure', 'programs', file);
}

/** Compiles a program in C. */
export async function compiled(line: Line, name: string): Promise<string> {
  const binary = path.join(linePaths(line.name).dir, 'bench', name);
  await mkdir(path.dirname(binary), { recursive: true });
  await run('gcc', ['-O2', '-Wall', '-pthread', '-o', binary, benchFile(`${name}.c`)]);
  return binary;
}

/** Reports how busy the machine is before a measurement. */
export function sayLoad(): void {
  say(`load average ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} processors before it begins`);
}

/** The output of a program, parsed as JSON. */
export async function printed<T>(binary: string, args: readonly string[]): Promise<T> {
  return JSON.parse((await run(binary, args)).stdout) as T;
}

/**
 * Takes a sample, and tries again if that fails, as it may on a busy machine.
 * @param what is measured
 * @returns undefined if it fails twice, which is told
 */
export async function attempt<T>(what: string, sample: () => Promise<T>): Promise<T | undefined> {
  for (const then of ['tried again', 'missing']) {
    try {
      return await sample();
    } catch (error) {
      say(`${what}: ${(error as Error).message}; ${then}`);
    }
  }
  return undefined;
}

/** Says at the end of a step how many samples are missing, if any are. */
export const told = (missing: number): string =>
  (missing === 0 ? '' : `, ${missing} ${missing === 1 ? 'sample is' : 'samples are'} missing`);

/** A script that keeps running in a separate process, and answers each message with one message. */
export class Partner {
  private readonly child: ChildProcess;
  private readonly ended: Promise<never>;
  private readonly name: string;

  /** @param node the binary that runs the script */
  constructor(node: string, script: string, args: readonly string[] = []) {
    this.name = [path.basename(script), ...args].join(' ');
    // Without the flags of this process.
    this.child = fork(script, args, { execPath: node, execArgv: [] });
    this.ended = once(this.child, 'exit').then(([code, signal]) => {
      throw new UserError(`${this.name} ended (${signal ?? `exit code ${code}`})`,
                          'see what it printed above, then run the same command again');
    });
    // Reported by whatever waits for an answer.
    this.ended.catch(() => {});
  }

  /**
   * The next message.
   * @param limit how many seconds to wait for it
   * @throws UserError if none arrives
   */
  async answer<T>(limit = 30): Promise<T> {
    const signal = AbortSignal.timeout(limit * 1000);
    try {
      const [message] = await Promise.race([once(this.child, 'message', { signal }), this.ended]) as [T];
      return message;
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new UserError(`${this.name} has not answered for ${limit} s`, 'run the same command again when the machine is less busy');
    }
  }

  async ask<T>(message: object): Promise<T> {
    this.child.send(message);
    return this.answer<T>();
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended.catch(() => {});
  }
}
