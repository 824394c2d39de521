import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Line } from './core/config.ts';
import { UserError } from './core/errors.ts';
import { messageFaults, overBudget, patchFaults } from './fork/hooks.ts';
import { linePaths, root, shown } from './core/paths.ts';
import { abreast, say, step } from './core/report.ts';
import { run } from './core/run.ts';
import { isStatusTableCurrent } from './status.ts';

/** What a linter found: nothing where `found` is empty, else its whole output. */
interface Outcome {
  readonly did: string;
  readonly found: string;
}

interface Linter {
  readonly name: string;
  readonly lint: () => Outcome | Promise<Outcome>;
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

/** The files below a folder whose names match, as paths from the project's folder. */
function filesIn(folder: string, name: RegExp): readonly string[] {
  const from = path.join(root, folder);
  if (!existsSync(from)) return [];
  return readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(path.basename(file)))
    .map((file) => path.join(folder, file))
    .sort();
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Runs a linter that is a program; any exit code but 0 is a finding. */
async function program(command: string, args: readonly string[], did: string): Promise<Outcome> {
  const todo = 'see what it printed, then run `make lint` again';
  const { code, stdout, stderr } = await run(command, args, { cwd: root, accept: 'any', todo });
  if (code === 0) return { did, found: '' };
  return { did, found: `${stdout}${stderr}`.trim() || `exit code ${code}` };
}

/** Runs a linter that is a script of an npm package. */
function script(file: string, args: readonly string[], did: string): Promise<Outcome> {
  return program(process.execPath, [path.join(root, 'node_modules', file), ...args], did);
}

const nothing = (what: string): Outcome => ({ did: `no ${what}`, found: '' });

const CODE = /\.([cm]?js|ts)$/;

const eslintOn = (paths: readonly string[], did: string) => script('eslint/bin/eslint.js', ['--max-warnings=0', ...paths], did);

async function eslint(): Promise<Outcome> {
  const folders = ['lib', 'test-parallel', 'benchmark', 'examples', 'downstream', 'tools']
    .filter((folder) => filesIn(folder, CODE).length > 0);
  const paths = [...folders, ...readdirSync(root).filter((name) => name.endsWith('.mjs'))];
  return eslintOn(paths, `checked ${folders.join(', ')}`);
}

async function typescript(): Promise<Outcome> {
  return script('typescript/bin/tsc', ['--project', root, '--pretty', 'false'], 'checked tools');
}

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

const CPP = /\.(h|cc)$/;

async function cpplint(files = filesIn('src', CPP)): Promise<Outcome> {
  if (files.length === 0) return nothing('files in src');
  const filter = CPPLINT_OFF.map((name) => `-${name}`).join(',');
  // The repository's folder is what header guards count from, also without .git.
  const args = ['--quiet', `--filter=${filter}`, '--linelength=80', `--repository=${root}`, ...files];
  return program('cpplint', args, `checked ${counted(files.length, 'file')}`);
}

async function clangFormat(line: Line, files = filesIn('src', CPP)): Promise<Outcome> {
  if (files.length === 0) return nothing('files in src');
  const style = path.join(linePaths(line.name).tree, '.clang-format');
  if (!existsSync(style)) {
    return { did: '', found: `${shown(style)} is not there; run \`make apply\` first` };
  }
  const args = ['--dry-run', '--Werror', `--style=file:${style}`, ...files];
  return program('clang-format', args, `checked ${counted(files.length, 'file')}`);
}

async function remark(files = filesIn('doc-api', /\.md$/)): Promise<Outcome> {
  if (files.length === 0) return nothing('files in doc-api');
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

async function messages(): Promise<Outcome> {
  const files = filesIn('patches', /^([\w.]+\.)?message\.txt$/);
  const found: string[] = [];
  for (const file of files) {
    const { failures, advice } = await checkMessage(readFileSync(path.join(root, file), 'utf8'));
    for (const text of advice) say(`${file}: advice: ${text}`);
    found.push(...failures.map((text) => `${file}: ${text}`));
  }
  return { did: `checked ${counted(files.length, 'message')}`, found: found.join('\n') };
}

/** What the set of patches and messages has to hold to. */
function patches(): Outcome {
  const faults = [...patchFaults(), ...messageFaults(), ...overBudget()];
  return { did: 'checked messages, files and budgets', found: faults.join('\n') };
}

function statusTable(): Outcome {
  const stale = 'the table of proposals is not what proposals.json and patches say; run `make table`';
  return { did: 'compared', found: isStatusTableCurrent() ? '' : stale };
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

/**
 * Runs every linter, each as a step, and prints all that the failing ones said.
 * @param line the line whose fork tree has the C++ style file
 * @throws UserError naming the linters that failed, after all of them ran
 */
export async function lint(line: Line): Promise<{ did: string }> {
  // The first takes longer than all the others.
  const longest: Linter = { name: 'eslint', lint: eslint };
  const others: readonly Linter[] = [
    { name: 'tsc', lint: typescript },
    { name: 'cpplint', lint: () => cpplint() },
    { name: 'clang-format', lint: () => clangFormat(line) },
    { name: 'remark', lint: () => remark() },
    { name: 'core-validate-commit', lint: messages },
    { name: 'patches', lint: patches },
    { name: 'the table in README.md', lint: statusTable },
  ];
  const failed: string[] = [];
  const check = (linter: Linter) =>
    step(linter.name, async () => {
      let outcome: Outcome;
      try {
        outcome = await linter.lint();
      } catch (error) {
        // A linter that is missing or broke must not keep the others from running.
        if (!(error instanceof UserError)) throw error;
        outcome = { did: '', found: error.line };
      }
      if (outcome.found === '') return outcome;
      process.stdout.write(`${outcome.found}\n`);
      failed.push(linter.name);
      return { did: 'FAILED' };
    });
  const rest = async () => {
    for (const linter of others) await check(linter);
  };
  await abreast<unknown>([() => check(longest), rest]);
  if (failed.length > 0) {
    throw new UserError(`${failed.join(', ')} found something (printed above)`,
                        'correct it, then run `make lint` again');
  }
  return { did: `${counted(1 + others.length, 'linter')} found nothing` };
}
