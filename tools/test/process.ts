// What tests change in their own process: PATH and standard output. It imports none of
// the tools, so that it can be loaded before BINDERY_OUT is set.
import path from 'node:path';
import type { Test } from 'tap';
import { program } from './files.ts';

/** Sets PATH until the test has ended. */
export function setPath(t: Test, value: string): void {
  const before = process.env['PATH']!;
  t.teardown(() => { process.env['PATH'] = before; });
  process.env['PATH'] = value;
}

/** Writes a shell script into a folder that comes first in PATH until the test has ended. */
export function programInPath(t: Test, file: string, script: string): void {
  setPath(t, `${path.dirname(program(file, script))}:${process.env['PATH']}`);
}

/**
 * Does something that prints, without anything being printed.
 * @param said gets what would have been printed, also if the work fails
 */
export async function quietly<T>(t: Test, work: () => Promise<T>, said: string[] = []): Promise<T> {
  const printed = t.capture(process.stdout, 'write', (part: string) => said.push(part) > 0);
  try {
    return await work();
  } finally {
    printed.restore();
  }
}
