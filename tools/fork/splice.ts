import { UserError } from '../core/errors.ts';

/** A block of a file in doc-api: its text, and where it goes. */
interface Block {
  readonly where: 'after' | 'before' | 'replace' | 'option' | 'change' | 'links';
  /** The heading line of the section it concerns; empty for links. */
  readonly heading: string;
  /** An existing item of the list that an option is added to. */
  readonly beside?: string;
  readonly text: string;
}

const MARK = new RegExp('^<!-- splice (?:' + [
  '(?<place>after|before|replace|change)="(?<heading>.+)"',
  '(?<option>option)="(?<of>.+?)"(?: beside="(?<beside>[^"]+)")?',
  '(?<links>links)',
].join('|') + ') -->$');

/** Matches a list item that describes an option or argument. Captures its indentation and name. */
const ITEM = /^( *)\* `([^`]+)`/;

/** The level of a heading line, or 0 for any other line. */
function level(line: string): number {
  return /^(#{1,6}) /.exec(line)?.[1]?.length ?? 0;
}

function isLink(line: string): boolean {
  return /^\[[^\]]+\]: /.test(line);
}

/**
 * Tells for each line whether it is inside a fenced code block, where `#` does
 * not start a heading.
 */
export function fenced(lines: readonly string[]): readonly boolean[] {
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
  const blocks: { place: Omit<Block, 'text'>; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const mark = MARK.exec(line)?.groups;
    if (mark !== undefined) {
      const { place, heading, option, of, beside, links } = mark;
      const where = (place ?? option ?? links) as Block['where'];
      blocks.push({ place: { where, heading: heading ?? of ?? '', ...(beside && { beside }) }, lines: [] });
    } else if (line.startsWith('<!-- splice')) {
      throw new UserError(`${name}: ${line} says no place`,
                          'write <!-- splice after="## Heading" -->, before, replace, option or change, or <!-- splice links -->');
    } else if (blocks.length > 0) {
      blocks.at(-1)!.lines.push(line);
    } else if (line.trim() !== '') {
      throw new UserError(`${name} begins with text that belongs nowhere`,
                          'put a line like <!-- splice after="## Heading" --> before it');
    }
  }
  // Do not trim the first line, which may be indented.
  return blocks.map(({ place, lines }) => ({ ...place, text: lines.join('\n').trimEnd().replace(/^\s*\n/, '') }));
}

/** Anchors above a heading belong to that heading. */
function aboveAnchors(lines: readonly string[], at: number): number {
  let above = at;
  while (/^<a id=/.test(lines[above - 2] ?? '') && lines[above - 1] === '') above -= 2;
  return above;
}

/** The index of a heading, which must occur exactly once. */
function headingAt(lines: readonly string[], heading: string, page: string): number {
  const inFence = fenced(lines);
  const found = lines.flatMap((line, index) => (line === heading && !inFence[index] ? [index] : []));
  if (found.length !== 1) {
    throw new UserError(`${page} has the heading "${heading}" ${found.length} times, not once`,
                        'change the splice line in doc-api to a heading that this base has');
  }
  return found[0]!;
}

/**
 * The end of the section with the heading at `at`: the next heading that is not
 * deeper than `deepest`.
 */
function sectionEnd(lines: readonly string[], at: number, deepest = level(lines[at]!)): number {
  const inFence = fenced(lines);
  const isEnd = (line: string, index: number) => index > at && !inFence[index] &&
    ((level(line) > 0 && level(line) <= deepest) || isLink(line));
  const end = lines.findIndex(isEnd);
  return aboveAnchors(lines, end === -1 ? lines.length : end);
}

/** Replaces the lines from `at` to `end` with a text and a blank line. */
function put(lines: readonly string[], text: string, at: number, end = at): readonly string[] {
  return [...lines.slice(0, at), ...text.split('\n'), '', ...lines.slice(end)];
}

/** Replaces a section. The anchors above its heading are kept. */
function replaceSection(lines: readonly string[], block: Block, page: string): readonly string[] {
  const at = headingAt(lines, block.heading, page);
  const end = sectionEnd(lines, at);
  const old = lines.slice(0, end).join('\n').trimEnd().split('\n');
  const from = old.length - block.text.split('\n').length;
  if (from <= at && old.slice(from).join('\n') === block.text) {
    throw new UserError(`${page} has the new text of "${block.heading}" already`, 'remove it from doc-api');
  }
  return put(lines, block.text, at, end);
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

/** Reindents lines together, so that the first one is indented by the given number of spaces. */
function indented(lines: readonly string[], spaces: number): readonly string[] {
  const own = indentation(lines[0]!);
  return lines.map((line) => (line === '' ? line : ' '.repeat(spaces) + line.slice(own)));
}

/** The items of a block's list, each with its continuation lines. */
function itemsOf(block: Block): readonly (readonly string[])[] {
  const lines = block.text.split('\n');
  const own = indentation(lines[0]!);
  const items: string[][] = [];
  for (const line of lines) {
    if (ITEM.exec(line)?.[1]?.length === own) {
      items.push([line]);
    } else if (items.length > 0 && (line === '' || indentation(line) > own)) {
      items.at(-1)!.push(line);
    } else {
      throw new UserError(`"${line}" in the options for "${block.heading}" is no item of a list`,
                          'write * `name` {type} and indent the lines that continue it');
    }
  }
  return items.map((item) => item.join('\n').trimEnd().split('\n'));
}

/** A list item in a section. */
interface Item {
  readonly line: number;
  readonly indent: number;
  readonly name: string;
  /** Where its list starts. Nested lists and continuation lines do not end a list. */
  readonly list: number;
}

/** The named items between a heading and the next one. */
function itemsUnder(lines: readonly string[], at: number): readonly Item[] {
  const inFence = fenced(lines);
  const end = sectionEnd(lines, at, 6);
  const items: Item[] = [];
  const open: { indent: number; list: number }[] = [];
  for (let index = at + 1; index < end; index++) {
    const line = lines[index]!;
    if (line.trim() === '' || inFence[index]) continue;
    const indent = indentation(line);
    const isItem = line.startsWith('* ', indent);
    while (open.length > 0 && open.at(-1)!.indent >= indent + Number(isItem)) open.pop();
    if (!isItem) continue;
    if (open.at(-1)?.indent !== indent) open.push({ indent, list: index });
    const name = ITEM.exec(line)?.[2];
    if (name !== undefined) items.push({ line: index, indent, name, list: open.at(-1)!.list });
  }
  return items;
}

/** The end of the item at `at`, including its continuation lines. */
function itemEnd(lines: readonly string[], at: number): number {
  const after = lines.findIndex((line, index) => index > at && line !== '' && indentation(line) <= indentation(lines[at]!));
  let end = after === -1 ? lines.length : after;
  while (lines[end - 1] === '') end--;
  return end;
}

function addOption(lines: readonly string[], item: readonly string[], block: Block, page: string): readonly string[] {
  const { heading, beside } = block;
  const [, spaces, name] = ITEM.exec(item[0]!) as unknown as [string, string, string];
  const all = itemsUnder(lines, headingAt(lines, heading, page));
  const first = all.find((other) => (beside === undefined ? other.indent === spaces.length : other.name === beside));
  if (first === undefined) {
    const what = beside === undefined ? `no options indented by ${spaces.length}` : `no option \`${beside}\``;
    throw new UserError(`${page} has ${what} under "${heading}"`,
                        'change the splice line in doc-api to a list that this base has');
  }
  const list = all.filter((other) => other.list === first.list);
  if (list.some((other) => other.name === name)) {
    throw new UserError(`${page} has the option \`${name}\` under "${heading}" already`, 'remove it from doc-api');
  }
  const key = (other: Item) => other.name.toLowerCase();
  const isSorted = list.every((other, index) => index === 0 || key(list[index - 1]!) <= key(other));
  const next = isSorted ? list.find((other) => key(other) > name.toLowerCase()) : undefined;
  const at = next?.line ?? itemEnd(lines, list.at(-1)!.line);
  return [...lines.slice(0, at), ...indented(item, first.indent), ...lines.slice(at)];
}

/**
 * The entry of a change block, which is either bare or, to satisfy the linter,
 * in a YAML comment.
 */
function entryOf(block: Block): readonly string[] {
  const entry = block.text.replace(/^<!-- YAML\nchanges:\n([^]*)\n-->$/, '$1').split('\n');
  const own = indentation(entry[0]!);
  if (!entry[0]!.startsWith('- version:', own) || entry.some((line, index) => index > 0 && indentation(line) <= own)) {
    throw new UserError(`the change for "${block.heading}" is not one entry of a list of changes`,
                        'write - version:, and pr-url: and description: indented below it');
  }
  return entry;
}

/** Adds a change at the top of the list in the heading's YAML block. */
function addChange(lines: readonly string[], block: Block, page: string): readonly string[] {
  const at = headingAt(lines, block.heading, page);
  const open = lines.findIndex((line, index) => index > at && line !== '');
  const close = lines.indexOf('-->', open);
  if (lines[open] !== '<!-- YAML' || close === -1) {
    throw new UserError(`${page} has no YAML block below "${block.heading}"`,
                        'change the splice line in doc-api to a heading that has one');
  }
  const list = lines.indexOf('changes:', open);
  const isListed = list !== -1 && list < close;
  const first = isListed && list + 1 < close ? indentation(lines[list + 1]!) : 2;
  const entry = indented(entryOf(block), first);
  if (lines.slice(open, close).join('\n').includes(entry.join('\n'))) {
    throw new UserError(`${page} has that change of "${block.heading}" already`, 'remove it from doc-api');
  }
  const where = isListed ? list + 1 : close;
  return [...lines.slice(0, where), ...(isListed ? [] : ['changes:']), ...entry, ...lines.slice(where)];
}

function mergeLinks(lines: readonly string[], block: Block, page: string): readonly string[] {
  const label = (line: string) => line.slice(0, line.indexOf(']: ') + 1);
  const result = [...lines];
  for (const link of block.text.split('\n').filter((line) => line !== '')) {
    if (!isLink(link)) throw new UserError(`${link} is no link definition`, 'correct the links block in doc-api');
    // Another line's page may lack this definition.
    if (lines.includes(link)) continue;
    if (result.some((line) => isLink(line) && label(line) === label(link))) {
      throw new UserError(`${page} defines the link ${label(link)} already`, 'remove it from doc-api');
    }
    const after = result.findIndex((line) => isLink(line) && label(line) > label(link));
    const last = result.findLastIndex(isLink);
    result.splice(after !== -1 ? after : (last === -1 ? result.length : last + 1), 0, link);
  }
  return result;
}

function spliceOne(lines: readonly string[], block: Block, page: string): readonly string[] {
  switch (block.where) {
    case 'links': return mergeLinks(lines, block, page);
    case 'replace': return replaceSection(lines, block, page);
    case 'option': return itemsOf(block).reduce((all, item) => addOption(all, item, block, page), lines);
    case 'change': return addChange(lines, block, page);
    case 'before': return put(lines, block.text, aboveAnchors(lines, headingAt(lines, block.heading, page)));
    case 'after': return put(lines, block.text, sectionEnd(lines, headingAt(lines, block.heading, page)));
  }
}

/**
 * Splices the blocks of a doc-api file into a page of Node's manual. Blocks are
 * placed by heading, so there are no context lines that could conflict.
 * @param page the page's text
 * @param blocks the blocks to splice in
 * @param name the page's name, for error messages
 */
export function splice(page: string, blocks: readonly Block[], name: string): string {
  let lines: readonly string[] = page.split('\n');
  for (const block of blocks) lines = spliceOne(lines, block, name);
  return lines.join('\n');
}
