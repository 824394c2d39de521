import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { UserError } from '../../core/errors.ts';

/** Whether a signal has requested the end. */
let interrupted = false;

/** @throws UserError if a signal has requested the end */
export function refuseToGoOn(): void {
  if (interrupted) throw new UserError('interrupted; the fork tree is as it was', 'run again, it goes on where it stopped');
}

/**
 * Does something that a signal does not end in the middle: it takes effect when the work is
 * done. A second signal ends the process at once.
 */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  const stop = () => {
    if (interrupted) process.exit(130);
    interrupted = true;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    const result = await work();
    refuseToGoOn();
    return result;
  } catch (error) {
    refuseToGoOn();
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/**
 * Does something while a file has another text, and always restores the old one. A compiler
 * that still runs would leave objects that look newer than the restored file, so a signal
 * waits for the work.
 */
export async function whileChanged<T>(file: string, text: string, work: () => Promise<T>): Promise<T> {
  const original = await readFile(file);
  const restore = () => { writeFileSync(file, original); };
  process.on('exit', restore);
  return interruptible(async () => {
    try {
      await writeFile(file, text);
      return await work();
    } finally {
      restore();
      process.off('exit', restore);
    }
  });
}
