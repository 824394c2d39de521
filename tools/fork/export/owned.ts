import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { root } from '../../core/paths.ts';
import { filesOf, isTest, loadProposals, type Placed } from '../../core/proposals.ts';
import { allNames, type Change, choice, type Context, type Entry, type Files, idOf } from './model.ts';

/** The position of each value in a JSON text, by JSON pointer. */
export function spansOf(text: string): ReadonlyMap<string, { start: number; end: number }> {
  const spans = new Map<string, { start: number; end: number }>();
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  const value = (pointer: string): void => {
    const open = token.exec(text)!;
    for (let count = 0; open[0] === '{' || open[0] === '[';) {
      const next = token.exec(text)!;
      if (next[0] === '}' || next[0] === ']') break;
      if (next[0] === ',') continue;
      if (open[0] === '[') token.lastIndex = next.index;
      else token.exec(text);
      value(`${pointer}/${open[0] === '[' ? count++ : JSON.parse(next[0])}`);
    }
    spans.set(pointer, { start: open.index, end: token.lastIndex });
  };
  value('');
  return spans;
}

/**
 * Adds a file to the ones a proposal owns in proposals.json. If the list is
 * sorted, it stays sorted. The rest of the text is unchanged.
 */
export function addOwned(
  text: string,
  index: number,
  { state }: Pick<Placed, 'state'>,
  line: string,
  owned: string,
): string {
  const proposal = `/proposals/${index}`;
  // Once it has landed, only tests are taken from the list that all lines share.
  const isShared = state === 'carried' || isTest(owned);
  const spans = spansOf(text);
  const list = spans.get(isShared ? `${proposal}/owns` : `${proposal}/lines/${line}/owns`);
  const entry = JSON.stringify(owned);
  if (list === undefined) {
    const { end } = spans.get(`${proposal}/lines/${line}/state`)!;
    const space = /(\s*)$/.exec(text.slice(0, text.lastIndexOf('"state"', end)))![1];
    return `${text.slice(0, end)},${space || ' '}"owns": [${entry}]${text.slice(end)}`;
  }
  const old = text.slice(list.start, list.end);
  const put = (at: number, added: string) => `${text.slice(0, list.start + at)}${added}${text.slice(list.start + at)}`;
  const entries = [...old.matchAll(/"(?:[^"\\]|\\.)*"/g)];
  if (entries.length === 0) return put(1, entry);
  const gap = /^\[(\s*)/.exec(old)![1] || ' ';
  const isSorted = entries.every((match, at) => at === 0 || entries[at - 1]![0] <= match[0]);
  const next = isSorted ? entries.find((match) => match[0] > entry) : undefined;
  if (next !== undefined) return put(next.index, `${entry},${gap}`);
  const last = entries.at(-1)!;
  return put(last.index + last[0].length, `,${gap}${entry}`);
}

/** The path in the project for a new file of the tree. */
function homeOf(file: string): string {
  if (/^(lib|src|benchmark)\//.test(file)) return file;
  if (file.startsWith('test/parallel/')) return file.replace('test/parallel/', 'test-parallel/');
  throw new UserError(`${file} is new, and new files of ours lie in lib, src, test/parallel and benchmark alone`,
                      'move it there, or out of the tree, and run again');
}

/** The index of the proposal that gets a new file. */
async function takerOf({ repository, proposals, levels, steps, chosen }: Context, file: string): Promise<number> {
  for (const [level, commit] of levels.entries()) {
    if (await idOf(repository, commit, file) !== undefined) return level - 1;
  }
  for (const { tree, fixup } of steps) {
    if (fixup !== undefined && await idOf(repository, tree, file) !== undefined) return fixup;
  }
  if (chosen !== undefined) return chosen;
  throw new UserError(`${file} is new, and no proposal owns it`, choice(allNames(proposals)));
}

/** Assigns a new file to a proposal, in the text of proposals.json. */
export async function adopt(
  context: Context,
  line: Line,
  { file, to }: Change,
  files: Files,
  proposals: Placed[],
): Promise<void> {
  const owned = homeOf(file);
  const taker = await takerOf(context, file);
  requirePlain(file, to!);
  const all = loadProposals();
  const other = all.find((proposal) => filesOf(proposal).has(owned));
  if (other !== undefined) {
    throw new UserError(`${owned} is a file of ${other.name} already, which has it on another line`,
                        `let ${other.name} own it on ${line.name} in proposals.json, or give it another name, and run again`);
  }
  const placed = proposals[taker]!;
  const text = files.get('proposals.json') ?? readFileSync(path.join(root, 'proposals.json'), 'utf8');
  const index = all.findIndex(({ name }) => name === placed.proposal.name);
  files.set('proposals.json', addOwned(String(text), index, placed, line.name, owned));
  files.set(owned, await readFile(path.join(context.repository.dir, file)));
  proposals[taker] = { ...placed, owns: [...placed.owns, owned] };
}

/** Proposals' files are always applied with mode 100644. */
export function requirePlain(file: string, { mode }: Entry): void {
  if (mode === '100644') return;
  throw new UserError(`${file} has the mode ${mode}, and files of ours have 100644`, `run \`chmod 644\` on it and run again`);
}
