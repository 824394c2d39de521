import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { counted } from '../core/report.ts';
import { run } from '../core/run.ts';

/** What a linter found: nothing where `found` is empty, else its whole output. */
export interface Outcome {
  readonly did: string;
  readonly found: string;
}

/** What core-validate-commit says of one rule for one commit. */
interface Verdict {
  readonly id: string;
  readonly level: 'pass' | 'skip' | 'warn' | 'fail';
  readonly message: string;
  readonly string?: string | null;
}

interface Validator {
  readonly messages: ReadonlyMap<string, readonly Verdict[]>;
  disableRule(id: string): void;
  lint(commit: { sha: string; message: string }): void;
}

/** Loaded when it is asked for: what builds node has no development packages. */
async function newValidator(): Promise<Validator> {
  // @ts-expect-error: the package brings no types; Validator says what is used of it.
  const loaded = await import('core-validate-commit') as { default: new () => Validator };
  return new loaded.default();
}

/** Runs a linter that is a program; any exit code but 0 is a finding. */
async function program(command: string, args: readonly string[], did: string): Promise<Outcome> {
  const todo = 'see what it printed, then run `make lint` again';
  const { code, stdout, stderr } = await run(command, args, { cwd: root, accept: 'any', todo });
  if (code === 0) return { did, found: '' };
  return { did, found: `${stdout}${stderr}`.trim() || `exit code ${code}` };
}

/** Runs a linter that is a script of an npm package. */
export function script(file: string, args: readonly string[], did: string): Promise<Outcome> {
  return program(process.execPath, [path.join(root, 'node_modules', file), ...args], did);
}

const nothing = (what: string): Outcome => ({ did: `no ${what}`, found: '' });

export const CODE = /\.([cm]?js|ts)$/;

export const eslintOn = (paths: readonly string[], did: string) => script('eslint/bin/eslint.js', ['--max-warnings=0', ...paths], did);

/** Node's own settings, which its checkout keeps in .cpplint. */
const CPPLINT_OFF = [
  'build/c++17',
  'build/include_alpha',
  'build/include_subdir',
  'build/include_what_you_use',
  'legal/copyright',
  'readability/nolint',
  'readability/braces',
  'whitespace/indent_namespace',
];

export const CPP = /\.(h|cc)$/;

export async function cpplint(files: readonly string[]): Promise<Outcome> {
  if (files.length === 0) return nothing('files of C++');
  const filter = CPPLINT_OFF.map((name) => `-${name}`).join(',');
  // The repository's folder is what header guards count from, also without .git.
  const args = ['--quiet', `--filter=${filter}`, '--linelength=80', `--repository=${root}`, ...files];
  return program('cpplint', args, `checked ${counted(files.length, 'file')}`);
}

export async function clangFormat(line: Line, files: readonly string[]): Promise<Outcome> {
  if (files.length === 0) return nothing('files of C++');
  const style = path.join(linePaths(line.name).tree, '.clang-format');
  if (!existsSync(style)) {
    return { did: '', found: `${shown(style)} is not there; run \`make apply\` first` };
  }
  const args = ['--dry-run', '--Werror', `--style=file:${style}`, ...files];
  return program('clang-format', args, `checked ${counted(files.length, 'file')}`);
}

export async function remark(files: readonly string[]): Promise<Outcome> {
  if (files.length === 0) return nothing('files of Markdown');
  const args = ['--frail', '--quiet', '--no-stdout', '--no-color', ...files];
  return script('remark-cli/cli.js', args, `checked ${counted(files.length, 'file')}`);
}

/**
 * What core's commit linter has against a message. A pull request's URL and
 * its reviewers are added when upstream lands it, so they are not asked for.
 * @returns the failures, and what is only advice
 */
export async function checkMessage(message: string): Promise<{ failures: string[]; advice: string[] }> {
  const validator = await newValidator();
  validator.disableRule('pr-url');
  validator.disableRule('reviewers');
  const sha = '0'.repeat(40);
  validator.lint({ sha, message: message.trimEnd() });
  const verdicts = validator.messages.get(sha) ?? [];
  const texts = (level: Verdict['level']) => verdicts
    .filter((verdict) => verdict.level === level)
    .map(({ id, message: why, string }) => `${id}: ${why}${string ? ` (${string})` : ''}`);
  return { failures: texts('fail'), advice: texts('warn') };
}

/**
 * Runs the linters over some of the project's own files alone.
 * @returns what the first one found that found something, or no text
 */
export async function lintFiles(line: Line, files: readonly string[]): Promise<string> {
  const code = files.filter((file) => CODE.test(file));
  const native = files.filter((file) => CPP.test(file));
  const linters = [
    () => (code.length === 0 ? nothing('code') : eslintOn(code, 'checked')),
    () => cpplint(native),
    () => clangFormat(line, native),
    () => remark(files.filter((file) => file.endsWith('.md'))),
  ];
  for (const linter of linters) {
    const { found } = await linter();
    if (found !== '') return found;
  }
  return '';
}
