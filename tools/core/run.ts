import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { diskFull, UserError } from './errors.ts';
import { out, shown } from './paths.ts';
import { say } from './report.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** The file that receives everything the program prints. */
  readonly log?: string;
  /** Called with each line of standard output; what it returns is printed. */
  readonly progress?: (line: string) => string | undefined;
  /** What to do if the program fails, for the error message. */
  readonly todo?: string;
  /** Picks the most informative line from the output of a failed program. */
  readonly cause?: (output: string) => string | undefined;
  /** Called with the child process once it has been spawned. */
  readonly started?: (child: ChildProcess) => void;
  /** Kills the program if it prints nothing for this many seconds. */
  readonly stall?: number;
  /** Exit codes that are not failures, or 'any'. Defaults to 0 alone. */
  readonly accept?: readonly number[] | 'any';
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How programs report that the disk is full. */
export const NO_SPACE = /No space left on device|Disk quota exceeded|enough free space|out of disk ?space/i;

/** The line of a program's output that most likely says why it failed. */
export function tellingLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return lines.find((line) => /\b(error|fatal|undefined reference)\b|^E:/i.test(line)) ??
    lines.at(-1) ?? 'it printed nothing';
}

/**
 * Runs a program until it exits.
 * @returns its exit code and what it printed
 * @throws UserError naming the program, the most informative line of its output
 *   and its log, if it cannot be started, is ended by a signal or exits with a
 *   code that is not in `accept`
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const name = path.basename(program);
  if (options.log !== undefined) await mkdir(path.dirname(options.log), { recursive: true });
  const log = options.log === undefined ? undefined : createWriteStream(options.log);
  // A log that cannot be written must not hide the program's own error.
  log?.on('error', () => {});
  const todo = options.todo ??
    (log === undefined ? 'run the same command again' : 'see the log, then run the same command again');
  try {
    return await new Promise<RunResult>((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: options.cwd,
        env: { ...process.env, LC_ALL: 'C', ...options.env },
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      });
      options.started?.(child);
      let stdout = '';
      let stderr = '';
      let partial = '';
      let stalled = false;
      const timer = options.stall === undefined ? undefined : setTimeout(() => {
        stalled = true;
        child.kill();
      }, options.stall * 1000);
      child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
        timer?.refresh();
        stdout += chunk;
        log?.write(chunk);
        if (options.progress === undefined) return;
        const lines = (partial + chunk).split('\n');
        partial = lines.pop()!;
        for (const line of lines) {
          const text = options.progress(line);
          if (text !== undefined) say(text);
        }
      });
      child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
        timer?.refresh();
        stderr += chunk;
        log?.write(chunk);
      });
      if (options.input !== undefined) {
        child.stdin!.on('error', () => {});
        child.stdin!.end(options.input);
      }
      child.on('error', (error) => {
        clearTimeout(timer);
        reject(new UserError(`${name} could not be started (${error.message})`, todo));
      });
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        const output = `${stderr}\n${stdout}`;
        const accepted = (status: number) => status === 0 || options.accept === 'any' || options.accept?.includes(status);
        if (code !== null && accepted(code)) {
          resolve({ code, stdout, stderr });
          return;
        }
        if (NO_SPACE.test(output)) {
          reject(diskFull(shown(options.cwd ?? out)));
          return;
        }
        let why = options.cause?.(output) ?? tellingLine(output);
        if (signal !== null) why = stalled ? `nothing happened for ${options.stall} s` : `ended by ${signal}`;
        const where = options.log === undefined ? '' : ` (log: ${shown(options.log)})`;
        reject(new UserError(`${name} failed: ${why}${where}`, todo));
      });
    });
  } finally {
    // An error message may point the user to the log, so it must be complete.
    if (log !== undefined) await finished(log.end()).catch(() => {});
  }
}
