import { UserError } from './errors.ts';

/** One block of a file in doc-api: where it goes, and its text. */
interface Block {
  readonly where: 'after' | 'before' | 'links';
  /** The heading line that it goes after or before; empty for links. */
  readonly heading: string;
  readonly text: string;
}

const MARK = /^<!-- splice (?:(after|before)="(.+)"|(links)) -->$/;

/** The level of a heading line, 0 for any other line. */
function level(line: string): number {
  return /^(#{1,6}) /.exec(line)?.[1]?.length ?? 0;
}

/** Whether a line is a link definition. */
function isLink(line: string): boolean {
  return /^\[[^\]]+\]: /.test(line);
}

/** Which lines stand inside a fenced code block, where `#` begins no heading. */
function fenced(lines: readonly string[]): readonly boolean[] {
  let fence = '';
  return lines.map((line) => {
    const mark = /^(```+|~~~+)/.exec(line)?.[1] ?? '';
    if (fence === '') {
      fence = mark;
      return mark !== '';
    }
    if (mark.startsWith(fence)) fence = '';
    return true;
  });
}

/** The blocks of a doc-api file. */
export function parseBlocks(text: string, name: string): readonly Block[] {
  const blocks: { where: Block['where']; heading: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const mark = MARK.exec(line);
    if (mark !== null) {
      blocks.push({ where: (mark[1] ?? mark[3]) as Block['where'], heading: mark[2] ?? '', lines: [] });
    } else if (line.startsWith('<!-- splice')) {
      throw new UserError(`${name}: ${line} says no place`,
                          'write <!-- splice after="## Heading" -->, before="..." or <!-- splice links -->');
    } else if (blocks.length > 0) {
      blocks.at(-1)!.lines.push(line);
    } else if (line.trim() !== '') {
      throw new UserError(`${name} begins with text that belongs nowhere`,
                          'put a line like <!-- splice after="## Heading" --> before it');
    }
  }
  return blocks.map(({ where, heading, lines }) => ({ where, heading, text: lines.join('\n').trim() }));
}

/** An anchor before a heading belongs to that heading. */
function aboveAnchors(lines: readonly string[], at: number): number {
  let above = at;
  while (/^<a id=/.test(lines[above - 2] ?? '') && lines[above - 1] === '') above -= 2;
  return above;
}

function place(lines: readonly string[], block: Block, page: string): number {
  const inFence = fenced(lines);
  const found = lines.flatMap((line, index) => (line === block.heading && !inFence[index] ? [index] : []));
  if (found.length !== 1) {
    throw new UserError(`${page} has the heading "${block.heading}" ${found.length} times, not once`,
                        'change the splice line in doc-api to a heading that this base has');
  }
  const at = found[0]!;
  if (block.where === 'before') return aboveAnchors(lines, at);
  const own = level(block.heading);
  const isEnd = (line: string, index: number) => index > at && !inFence[index] &&
    ((level(line) > 0 && level(line) <= own) || isLink(line));
  const end = lines.findIndex(isEnd);
  return aboveAnchors(lines, end === -1 ? lines.length : end);
}

function mergeLinks(lines: readonly string[], block: Block, page: string): readonly string[] {
  const label = (line: string) => line.slice(0, line.indexOf(']: ') + 1);
  const result = [...lines];
  for (const link of block.text.split('\n').filter((line) => line !== '')) {
    if (!isLink(link)) throw new UserError(`${link} is no link definition`, 'correct the links block in doc-api');
    if (result.some((line) => isLink(line) && label(line) === label(link))) {
      throw new UserError(`${page} defines the link ${label(link)} already`, 'remove it from doc-api');
    }
    const after = result.findIndex((line) => isLink(line) && label(line) > label(link));
    const last = result.findLastIndex(isLink);
    result.splice(after !== -1 ? after : (last === -1 ? result.length : last + 1), 0, link);
  }
  return result;
}

/**
 * Splices the blocks of a doc-api file into a page of Node's manual, by
 * heading, so that there are no context lines to conflict.
 * @param page the page's text
 * @param blocks what to put in
 * @param name the page's name, for errors
 */
export function splice(page: string, blocks: readonly Block[], name: string): string {
  let lines: readonly string[] = page.split('\n');
  for (const block of blocks) {
    if (block.where === 'links') {
      lines = mergeLinks(lines, block, name);
      continue;
    }
    const at = place(lines, block, name);
    lines = [...lines.slice(0, at), ...block.text.split('\n'), '', ...lines.slice(at)];
  }
  return lines.join('\n');
}
