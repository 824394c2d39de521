import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import type { Line } from '../core/lines.ts';
import { root } from '../core/paths.ts';
import type { Placed } from '../core/proposals.ts';
import { inTemporary } from '../core/temporary.ts';
import { textFile } from '../fork/apply.ts';
import { descriptionFaults } from '../upstream/descriptions.ts';
import { clangFormat, CPP, cpplint, lintFiles, type Outcome } from '../upstream/linters.ts';
import { type Branch, modifiedBetween } from './branch.ts';

/** @throws UserError with the first finding of a linter in a proposal's own files */
export async function requireClean(line: Line, { proposal, owns, docs }: Placed): Promise<void> {
  const todo = 'correct it (`make lint` shows all), then run again';
  const [fault] = descriptionFaults().filter((text) => text.startsWith(`patches/${proposal.name}/`));
  if (fault !== undefined) throw new UserError(fault, todo);
  const description = path.relative(root, textFile(proposal, line, 'description.md'));
  const found = (await lintFiles(line, [...owns, ...docs, description])).replaceAll(`${root}${path.sep}`, '');
  if (found === '') return;
  const lines = found.split('\n').map((text) => text.trim()).filter((text) => text !== '');
  // eslint and remark print the file name on a separate line.
  const first = /[: ]/.test(lines[0]!) ? lines[0]! : lines.slice(0, 2).join(':');
  throw new UserError(`a linter found something in ${proposal.name}: ${first}`, todo);
}

/** What a linter says of a line of a file. */
interface Finding {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** Texts of files by path. */
type Texts = ReadonlyMap<string, string>;

async function inScripts(texts: Texts): Promise<readonly Finding[]> {
  // Loaded on demand: building node does not install the development packages.
  const { ESLint } = await import('eslint');
  const eslint = new ESLint({ cwd: root });
  const findings: Finding[] = [];
  for (const [file, text] of texts) {
    const [result] = await eslint.lintText(text, { filePath: path.join(root, file) });
    findings.push(...result!.messages.map(({ line, message, ruleId }) => ({ file, line, what: `${message} ${ruleId ?? ''}` })));
  }
  return findings;
}

async function inCpp(line: Line, texts: Texts): Promise<readonly Finding[]> {
  return inTemporary('pr-lint-', async (folder) => {
    const places: string[] = [];
    for (const [file, text] of texts) {
      const place = path.join(folder, file);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, text);
      places.push(place);
    }
    const outcomes: readonly Outcome[] = [await cpplint(places, folder), await clangFormat(line, places)];
    return outcomes.filter(({ found }) => found !== '').flatMap(({ found }) => {
      const findings = [...found.matchAll(/^(.+?):(\d+):(?:\d+:)? +(.*)$/gm)];
      if (findings.length === 0) throw new UserError(`a linter failed: ${found}`, 'run `make lint`');
      return findings.map(([, place, at, what]) =>
        ({ file: path.relative(folder, path.resolve(root, place!)), line: Number(at), what: what! }));
    });
  });
}

/**
 * The findings in changed files that the files did not have before. One is the same where the
 * linter says the same of a line with the same text, or else of a line that is no more.
 */
export function newFindings(
  [before, earlier]: readonly [Texts, readonly Finding[]],
  [after, findings]: readonly [Texts, readonly Finding[]],
): readonly Finding[] {
  const known = [...earlier];
  const unknown = (some: readonly Finding[], isSame: (old: Finding, now: Finding) => boolean) => some.filter((now) => {
    const at = known.findIndex((old) => old.file === now.file && old.what === now.what && isSame(old, now));
    if (at !== -1) known.splice(at, 1);
    return at === -1;
  });
  const textIn = (texts: Texts, { file, line }: Finding) => texts.get(file)!.split('\n')[line - 1]?.trim();
  return unknown(unknown(findings, (old, now) => textIn(before, old) === textIn(after, now)), () => true);
}

/** What linters find in upstream's files as they are on a branch, but not as they are in the base. */
async function findingsOn(line: Line, base: BaseRecord, { repository, commit }: Branch): Promise<readonly Finding[]> {
  const files = (await modifiedBetween(repository, base.commit, commit)).filter((file) => /^(lib|src)\//.test(file));
  const textsAt = async (revision: string, which: RegExp): Promise<Texts> => {
    const texts = files.filter((file) => which.test(file))
      .map(async (file) => [file, await repository.git(['show', `${revision}:${file}`])] as const);
    return new Map(await Promise.all(texts));
  };
  const kinds = [
    { which: /^lib\/.*\.js$/, lint: inScripts },
    { which: CPP, lint: (texts: Texts) => inCpp(line, texts) },
  ];
  const found: Finding[] = [];
  for (const { which, lint } of kinds) {
    const [before, after] = [await textsAt(base.commit, which), await textsAt(commit, which)];
    if (after.size > 0) found.push(...newFindings([before, await lint(before)], [after, await lint(after)]));
  }
  return found;
}

/**
 * What linters find in what a branch changes of upstream's files.
 * @throws UserError if it uses a name that nobody declares, with which it cannot work
 */
export async function hookFaults(line: Line, base: BaseRecord, branch: Branch): Promise<readonly string[]> {
  const found = (await findingsOn(line, base, branch)).map(({ file, line: at, what }) => `${file}:${at}: ${what.trim()}`);
  const undeclared = found.find((fault) => fault.endsWith(' no-undef'));
  if (undeclared === undefined) return found;
  throw new UserError(`${branch.name}: ${undeclared}`,
                      `correct the hooks in patches/${branch.name}, or name what they need in proposals.json, then run again`);
}
