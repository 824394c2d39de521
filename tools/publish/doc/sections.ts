import GithubSlugger from 'github-slugger';
import { fenced } from '../../fork/splice.ts';

/** A section of a page of the manual, in Markdown. */
export interface Section {
  /** The id of its heading. */
  readonly id: string;
  /** Further ids, from `<a id>` lines above its heading. */
  readonly aliases: readonly string[];
  /** The heading and everything up to the next heading. */
  readonly text: string;
}

const HEADING = /^#{1,5} +(.+)$/;
const ALIAS = /^<a (?:id|name)="([^"]+)"><\/a>$/;
const DEFINITION = /^\[[^\]]+\]: /;

/** The plain text of a heading: code without backticks, links as their text, escapes resolved. */
function plain(heading: string): string {
  return heading.replace(/`([^`]+)`|\[((?:`[^`]*`|[^\]`])+)\](?:\([^)]*\)|\[[^\]]*\])|\\(\W|_)/g,
                         (_, code?: string, link?: string, escaped?: string) =>
                           code ?? (link === undefined ? escaped! : plain(link)));
}

/** The sections of a page in order. Link definitions belong to none. */
export function sectionsOf(page: string): readonly Section[] {
  const slugger = new GithubSlugger();
  const lines = page.split('\n');
  const inFence = fenced(lines);
  const sections: { id: string; aliases: string[]; lines: string[] }[] = [];
  let above: string[] = [];
  for (const [index, line] of lines.entries()) {
    const alias = inFence[index] ? undefined : ALIAS.exec(line)?.[1];
    const heading = inFence[index] ? undefined : HEADING.exec(line)?.[1];
    if (alias !== undefined) {
      above.push(alias);
    } else if (heading !== undefined) {
      sections.push({ id: slugger.slug(plain(heading)), aliases: above, lines: [line] });
      above = [];
    } else if (!DEFINITION.test(line) || inFence[index]) {
      sections.at(-1)?.lines.push(line);
    }
  }
  return sections.map(({ id, aliases, lines }) => ({ id, aliases, text: lines.join('\n').trimEnd() }));
}

/** All ids on a page, from headings and from `<a id>` lines. */
export function idsOf(page: string): ReadonlySet<string> {
  return new Set(sectionsOf(page).flatMap(({ id, aliases }) => [id, ...aliases]));
}

/** The sections of a page that are new or have changed. */
export function changedSections(before: string, after: string): readonly Section[] {
  const old = new Map(sectionsOf(before).map((section) => [section.id, section]));
  return sectionsOf(after).filter(({ id, aliases, text }) =>
    old.get(id)?.text !== text || aliases.some((alias) => !old.get(id)!.aliases.includes(alias)));
}

/** A Markdown text without its fenced blocks. */
function unfenced(text: string): string {
  const lines = text.split('\n');
  const inFence = fenced(lines);
  return lines.filter((_, index) => !inFence[index]).join('\n');
}

/** The types that a Markdown text names in braces, each once. A union counts as several. */
export function typesIn(text: string): readonly string[] {
  const prose = unfenced(text).replace(/`[^`]*`/g, '');
  const named = [...prose.matchAll(/\{([^{}]+)\}/g)]
    .flatMap(([, union]) => union!.replace(/\\(\W)/g, '$1').split('|'))
    .map((type) => type.replace(/\s+/g, ' ').trim().replace(/(\[\])+$/, ''));
  return [...new Set(named)].filter((type) => type !== '');
}

/** The references in a section that its page does not define. */
export function undefinedIn(section: string, page: string): readonly string[] {
  // Case and white space do not matter in them.
  const same = (label: string) => label.replaceAll(/\s+/g, ' ').toLowerCase();
  const defined = new Set([...unfenced(page).matchAll(/^\[(.+?)\]: /gm)].map(([, label]) => same(label!)));
  const used = [...unfenced(section).matchAll(/`[^`]*`|\[((?:`[^`]*`|[^[\]`])+)\]\[([^\]]*)\]/g)]
    .flatMap(([, text, label]) => (text === undefined ? [] : label || text));
  return [...new Set(used)].filter((label) => !defined.has(same(label)));
}

/**
 * A page whose links use the ids of idsOf(). If headings are alike, Node's own generator
 * ends the second id in `_1`, doc-kit in `-1`.
 */
export function withIds(page: string): string {
  const ids = idsOf(page);
  return page.replaceAll(/^(\[[^\]]+\]: #)(\S+)_(\d+)$/gm, (link, label: string, id: string, count: string) =>
    (!ids.has(`${id}_${count}`) && ids.has(`${id}-${count}`) ? `${label}${id}-${count}` : link));
}
