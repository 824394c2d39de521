import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/errors.ts';
import { root } from '../../core/paths.ts';
import { pageOf } from '../apply.ts';
import { parseBlocks, splice } from '../splice.ts';
import { hunksOf } from './hooks.ts';
import { type Change, content, type Context, type Files } from './model.ts';
import { requirePlain } from './owned.ts';

/** The line of a doc-api file that a line of a page comes from. */
interface Origin {
  readonly doc: string;
  readonly line: number;
  /** How much farther it is indented in the doc-api file. */
  readonly shift: number;
  /** Set for the blank line that splicing adds after a block. It is not in any file. */
  readonly isEnd: boolean;
}

type Block = ReturnType<typeof parseBlocks>[number];

/** The part of a block that goes to one place in a page, and its lines in the doc-api file. */
interface Part {
  readonly block: Block;
  readonly first: number;
  readonly lines: readonly string[];
}

const indentation = (line: string) => line.length - line.trimStart().length;

/** Splits a block whose text starts at line `first` into parts. */
function partsOf(block: Block, first: number): readonly Part[] {
  const lines = block.text.split('\n');
  const part = (from: number, to: number): Part => {
    const own = lines.slice(from, to).join('\n').trimEnd();
    return { block: { ...block, text: own }, first: first + from, lines: own.split('\n') };
  };
  if (block.where === 'links') {
    return lines.flatMap((line, at) => (line === '' ? [] : [part(at, at + 1)]));
  }
  if (block.where === 'option') {
    const isItem = (line: string) => line.trimStart().startsWith('* ') && indentation(line) === indentation(lines[0]!);
    const starts = lines.flatMap((line, at) => (isItem(line) ? [at] : []));
    return starts.map((from, at) => part(from, starts[at + 1] ?? lines.length));
  }
  if (block.where === 'change' && lines[0] === '<!-- YAML') {
    return [{ block, first: first + 2, lines: lines.slice(2, -1) }];
  }
  return [part(0, lines.length)];
}

/** The parts of a doc-api file, in the order in which they are spliced. */
function partsIn(text: string, doc: string): readonly Part[] {
  const lines = text.split('\n');
  const marks = lines.flatMap((line, at) => (line.startsWith('<!-- splice') ? [at] : []));
  return parseBlocks(text, doc).flatMap((block, index) => {
    let first = marks[index]! + 1;
    while (lines[first]?.trim() === '') first++;
    return partsOf(block, first);
  });
}

/** A page while parts are being spliced into it: its lines, and where each comes from. */
interface Traced {
  readonly lines: readonly string[];
  readonly origins: readonly (Origin | undefined)[];
}

function tracePart({ lines, origins }: Traced, { block, first, lines: own }: Part, doc: string, page: string): Traced {
  const after = splice(lines.join('\n'), [block], page).split('\n');
  const differs = after.findIndex((line, at) => line !== lines[at]);
  // The first change under a heading also adds the line `changes:`.
  const extra = block.where === 'change' && after[differs] === 'changes:' ? 1 : 0;
  let at = differs + extra;
  // If the inserted text starts with the same lines as the text after it, the
  // first difference is too far down.
  while (at >= 0 && !own.every((line, index) => after[at + index]?.trimStart() === line.trimStart())) at--;
  if (at < 0) throw new Error(`${doc}:${first + 1} is not found in ${page}`);
  const shift = indentation(own[0]!) - indentation(after[at]!);
  const isText = ['after', 'before', 'replace'].includes(block.where);
  const put: Origin[] = own.map((_, index) => ({ doc, line: first + index, shift, isEnd: false }));
  if (isText) put.push({ doc, line: first + own.length, shift, isEnd: true });
  const removed = lines.length + extra + put.length - after.length;
  const from = at - extra;
  const list = Array<undefined>(extra).fill(undefined);
  return { lines: after, origins: [...origins.slice(0, from), ...list, ...put, ...origins.slice(from + removed)] };
}

interface DocEdit {
  readonly doc: string;
  readonly at: number;
  readonly remove: number;
  readonly lines: readonly string[];
}

/**
 * Maps a change in a page to the doc-api file its lines come from. Returns
 * undefined outside of our blocks.
 */
function docEdit(
  origins: Traced['origins'],
  start: number,
  end: number,
  added: readonly string[],
): DocEdit | undefined {
  const edit = ({ doc, shift }: Origin, at: number, remove: number, lines: readonly string[]): DocEdit => {
    const moved = (line: string) => (shift < 0 ? line.slice(-shift) : ' '.repeat(shift) + line);
    return { doc, at, remove, lines: lines.map((line) => (line === '' ? line : moved(line))) };
  };
  if (start === end) {
    const [before, after] = [origins[start - 1], origins[start]];
    if (before !== undefined && !before.isEnd) return edit(before, before.line + 1, 0, added);
    // In this case the added text brings the blank line before it.
    if (before !== undefined && added.at(-1) === '') return edit(before, before.line, 0, ['', ...added.slice(0, -1)]);
    return after === undefined || after.isEnd ? undefined : edit(after, after.line, 0, added);
  }
  const first = origins[start];
  const isEnd = origins[end - 1]?.isEnd === true;
  const isOurs = first !== undefined && origins.slice(start, end)
    .every((origin, index) => origin?.doc === first.doc && origin.line === first.line + index);
  if (!isOurs || (isEnd && added.at(-1) !== '')) return undefined;
  const own = isEnd ? 1 : 0;
  return edit(first, first.line, end - start - own, added.slice(0, added.length - own));
}

/** Applies a change in a page to the doc-api files it was spliced from. */
export async function exportPage(context: Context, { file: page, from, to }: Change, files: Files): Promise<void> {
  const { repository, proposals, levels } = context;
  const docs = proposals.flatMap((placed) => placed.docs).filter((doc) => pageOf(doc) === page);
  const todo = `undo it there, or put it into a block of a file doc-api/<proposal>.${path.basename(page)}, and run again`;
  const outside = (line: number) =>
    new UserError(`${page}:${line} was changed outside the sections that come from doc-api`, todo);
  if (from === undefined || to === undefined || docs.length === 0) throw outside(1);
  requirePlain(page, to);
  const lines = (await repository.git(['show', `${levels[0]}:${page}`])).split('\n');
  let traced: Traced = { lines, origins: lines.map(() => undefined) };
  const texts = new Map(docs.map((doc) => [doc, readFileSync(path.join(root, doc), 'utf8')]));
  for (const [doc, text] of texts) {
    for (const part of partsIn(text, doc)) traced = tracePart(traced, part, doc, page);
  }
  const wanted = (await content(repository, to.id)).split('\n');
  const edits = (await hunksOf(repository, from.id, to.id)).map(({ start, end, newStart, newEnd }) => {
    const edit = docEdit(traced.origins, start, end, wanted.slice(newStart, newEnd));
    if (edit === undefined) throw outside(newStart + 1);
    return edit;
  });
  for (const [doc, text] of texts) {
    const result = text.split('\n');
    // Edit from the bottom up, so that earlier positions stay valid.
    const own = edits.filter((edit) => edit.doc === doc).sort((a, b) => b.at - a.at);
    for (const { at, remove, lines: added } of own) result.splice(at, remove, ...added);
    if (own.length > 0) files.set(doc, result.join('\n'));
  }
}
