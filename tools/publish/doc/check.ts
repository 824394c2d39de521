/** A link on a page. */
export interface Link {
  readonly href: string;
  /** Whether it is in the text rather than in the frame that the renderer adds. */
  readonly inText: boolean;
}

/** What a browser found in a rendered page. */
export interface PageFacts {
  /** The page's file, e.g. net.html. */
  readonly file: string;
  readonly ids: ReadonlySet<string>;
  readonly links: readonly Link[];
  /** Script errors, and files that could not be loaded. */
  readonly errors: readonly string[];
}

/**
 * The ids that a link to a file may use.
 * @param file as a link names it, without the fragment
 * @returns undefined if there is no such file
 */
export type Targets = (file: string) => ReadonlySet<string> | undefined;

/** The file that a link names, without fragment and query; empty for the page itself. */
export function fileOf(href: string): string {
  return href.replace(/[?#].*$/s, '');
}

/** Whether a link stays within the manual instead of leading to another site. */
function isLocal(href: string): boolean {
  return !/^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(href);
}

/**
 * The broken links of a page: to an id that the page does not have, or in its text to a
 * file that does not exist or does not have the id.
 */
export function brokenLinks(page: PageFacts, targets: Targets): readonly string[] {
  const broken = page.links.filter(({ href, inText }) => {
    if (!isLocal(href)) return false;
    const file = fileOf(href);
    const id = decodeURIComponent(/#(.*)$/s.exec(href)?.[1] ?? '');
    // A browser resolves these to the top of the page.
    const isTop = id === '' || id === 'top';
    if (file === '') return !isTop && !page.ids.has(id);
    if (!inText) return false;
    const ids = targets(file);
    return ids === undefined || (!isTop && !ids.has(id));
  });
  return [...new Set(broken.map(({ href }) => href))];
}

/**
 * Markdown that was not parsed and is visible in the rendered text: comments, fences, types
 * in braces, table rows.
 * @param text the text without code
 */
export function leftovers(text: string): readonly string[] {
  const patterns = [/<!--|-->/, /```/, /\{[\w.|<>[\] ]+\}/, /\|\s*:?-{3,}/];
  return patterns.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
}
