import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { abreast } from '../core/abreast.ts';
import { UserError } from '../core/errors.ts';
import { type Line, loadLines, nextOf } from '../core/lines.ts';
import { root } from '../core/paths.ts';
import { counted, say, step } from '../core/report.ts';
import { filesBelow } from '../core/walk.ts';
import { overBudget, patchFaults } from '../fork/hooks.ts';
import { needFaults } from '../fork/needs.ts';
import { tooLarge } from '../fork/size.ts';
import { descriptionFaults } from '../upstream/descriptions.ts';
import { checkMessage, clangFormat, CODE, CPP, cpplint, eslintOn, type Outcome, remark, script } from '../upstream/linters.ts';
import { isStatusTableCurrent } from '../upstream/status-table.ts';

interface Linter {
  readonly name: string;
  readonly lint: () => Outcome | Promise<Outcome>;
}

/** The project's files below a folder whose names match, as paths from the project's root. */
const filesIn = (folder: string, name: RegExp): readonly string[] =>
  filesBelow(path.join(root, folder), name).map((file) => path.join(folder, file));

/** Our C++, of proposals and of the addon. */
const cpp = () => ['src', 'addon'].flatMap((folder) => filesIn(folder, CPP));

async function eslint(): Promise<Outcome> {
  const folders = ['lib', 'test-parallel', 'benchmark', 'examples', 'downstream', 'addon', 'tools']
    .filter((folder) => filesIn(folder, CODE).length > 0);
  const paths = [...folders, ...readdirSync(root).filter((name) => name.endsWith('.mjs'))];
  return eslintOn(paths, `checked ${folders.join(', ')}`);
}

async function typescript(): Promise<Outcome> {
  return script('typescript/bin/tsc', ['--project', root, '--pretty', 'false'], 'checked tools');
}

/** Which stage of tools/ may import which. */
async function imports(): Promise<Outcome> {
  const config = path.join(root, '.dependency-cruiser.mjs');
  return script('dependency-cruiser/bin/dependency-cruise.mjs', ['--config', config, 'tools'], 'checked tools');
}

/** Our documents: those that go into Node's pages and pull requests, and those of the project. */
const documents = () => [
  ...['doc', 'doc-api', 'patches', 'typings', 'tools'].flatMap((folder) => filesIn(folder, /\.md$/)),
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
].filter((file) => !file.includes('node_modules'));

async function messages(): Promise<Outcome> {
  const files = filesIn('patches', /(^|\/)([\w.]+\.)?message\.txt$/);
  const found: string[] = [];
  for (const file of files) {
    const { failures, advice } = await checkMessage(readFileSync(path.join(root, file), 'utf8'));
    for (const text of advice) say(`${file}: advice: ${text}`);
    found.push(...failures.map((text) => `${file}: ${text}`));
  }
  return { did: `checked ${counted(files.length, 'message')}`, found: found.join('\n') };
}

/** Checks the rules for the patches as a whole. */
function patches(): Outcome {
  const faults = [...patchFaults(), ...overBudget(), ...tooLarge(), ...descriptionFaults()];
  return { did: 'checked files, budgets, sizes and descriptions', found: faults.join('\n') };
}

/** Checks on all lines and their next releases that proposals say what they need. */
function needs(): Outcome {
  const lines = [...loadLines().lines.values()].flatMap((line) => (line.next ? [line, nextOf(line)] : [line]));
  const found = new Map<string, string[]>();
  for (const line of lines) {
    for (const { text } of needFaults(line)) {
      found.set(text, [...found.get(text) ?? [], `${line.name}${line.isNext ? '-next' : ''}`]);
    }
  }
  const faults = [...found].map(([text, on]) => `${text}, on ${on.join(', ')}`);
  return { did: `checked ${counted(lines.length, 'line')}`, found: faults.join('\n') };
}

function statusTable(): Outcome {
  const stale = 'the table of proposals is not what proposals.json and patches say; run `make table`';
  return { did: 'compared', found: isStatusTableCurrent() ? '' : stale };
}

/**
 * Runs every linter as a step, and prints the whole output of the ones that failed.
 * @param line the line whose fork tree has the C++ style file
 * @throws UserError naming the linters that failed, after all of them have run
 */
export async function lint(line: Line): Promise<{ did: string }> {
  // The first takes longer than all the others.
  const longest: Linter = { name: 'eslint', lint: eslint };
  const others: readonly Linter[] = [
    { name: 'tsc', lint: typescript },
    { name: 'dependency-cruiser', lint: imports },
    { name: 'cpplint', lint: () => cpplint(cpp()) },
    { name: 'clang-format', lint: () => clangFormat(line, cpp()) },
    { name: 'remark', lint: () => remark(documents()) },
    { name: 'core-validate-commit', lint: messages },
    { name: 'patches', lint: patches },
    { name: 'needs of proposals', lint: needs },
    { name: 'the table in README.md', lint: statusTable },
  ];
  const failed: string[] = [];
  const check = (linter: Linter) =>
    step(linter.name, async () => {
      let outcome: Outcome;
      try {
        outcome = await linter.lint();
      } catch (error) {
        // A missing or broken linter must not keep the others from running.
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
