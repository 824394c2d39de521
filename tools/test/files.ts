// Files that tests write and read. It imports none of the tools, so that it can be
// loaded before BINDERY_OUT is set.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Contents of files by their path in a folder. */
export type Texts = Readonly<Record<string, string>>;

/** The text of a file that has these lines. */
export const text = (...lines: readonly string[]) => `${lines.join('\n')}\n`;

/** A text with a line added after another one. */
export const after = (content: string, line: string, added: string) => content.replace(`${line}\n`, `${line}\n${added}\n`);

/** Writes a file, and makes the folders that it needs. */
export function write(file: string, content: string, mode?: number): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (mode !== undefined) chmodSync(file, mode);
}

/** Writes files into a folder. */
export function writeAll(dir: string, texts: Texts): void {
  for (const [file, content] of Object.entries(texts)) write(path.join(dir, file), content);
}

/**
 * Writes a shell script that can be run as a program.
 * @returns its path
 */
export function program(file: string, script: string): string {
  write(file, `#!/bin/sh\n${script}\n`, 0o755);
  return file;
}

/** All files below a folder, except those in some folders there. */
export function filesIn(folder: string, except: readonly string[]): Record<string, string> {
  return Object.fromEntries(readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !except.some((name) => file.startsWith(`${name}/`)))
    .sort()
    .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
}
