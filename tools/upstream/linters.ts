import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { counted } from '../core/report.ts';
import { run } from '../core/run.ts';

/** The result of a linter: its whole output if it found something, otherwise `found` is empty. */
export interface Outcome {
  readonly did: string;
  readonly found: string;
}

/** What core-validate-commit reports for one rule and one commit. */
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

/** Loaded on demand: building node does not install the development packages. */
async function newValidator(): Promise<Validator> {
  // @ts-expect-error: the package has no types; Validator declares what is used.
  const loaded = await import('core-validate-commit') as { default: new () => Validator };
  return new loaded.default();
}

/** Runs a linter that is a program. Any exit code other than 0 is a finding. */
async function program(command: string, args: readonly string[], did: string): Promise<Outcome> {
  const todo = 'see what it printed, then run `make lint` again';
  const { code, stdout, stderr } = await run(command, args, { cwd: root, accept: 'any', todo });
  if (code === 0) return { did, found: '' };
  return { did, found: `${stdout}${stderr}`.trim() || `exit code ${code}` };
}

/** Runs a linter that is a script in an npm package. */
export function script(file: string, args: readonly string[], did: string): Promise<Outcome> {
  return program(process.execPath, [path.join(root, 'node_modules', file), ...args], did);
}

const nothing = (what: string): Outcome => ({ did: `no ${what}`, found: '' });

export const CODE = /\.([cm]?js|ts)$/;

export const eslintOn = (paths: readonly string[], did: string) => script('eslint/bin/eslint.js', ['--max-warnings=0', ...paths], did);

/** Node's own settings, from the .cpplint file of its checkout. */
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

/** @param folder the root of the tree that has the files */
export async function cpplint(files: readonly string[], folder = root): Promise<Outcome> {
  if (files.length === 0) return nothing('files of C++');
  const filter = CPPLINT_OFF.map((name) => `-${name}`).join(',');
  // Header guards are relative to the repository's folder, which need not have a .git.
  const args = ['--quiet', `--filter=${filter}`, '--linelength=80', `--repository=${folder}`, ...files];
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
 * Runs core's commit linter on a message. The pull request's URL and its reviewers are
 * added when upstream lands it, so they are not required.
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
 * Runs the linters over some of the project's own files only.
 * @returns the output of the first linter that found something, or an empty string
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
