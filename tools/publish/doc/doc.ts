import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import { officialNode } from '../../base/official.ts';
import { UserError } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, out, root, shown } from '../../core/paths.ts';
import { proposalsOn } from '../../core/proposals.ts';
import { type Done, say } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { pageOf } from '../../fork/apply.ts';
import { type OpenPage, withPages } from './browser.ts';
import { brokenLinks, fileOf, leftovers, type PageFacts, type Targets } from './check.ts';
import { changedSections, idsOf, type Section, sectionsOf, typesIn, undefinedIn, withIds } from './sections.ts';

/** The release that runs doc-kit, which needs a newer Node.js than the tools do. */
const RENDERER = '24.21.0';

/** A page that belongs to no proposal and is rendered next to those of Node's manual. */
const GUIDE = 'doc-api/guide.md';

/** A page to render, and which parts of it are ours. */
interface Page {
  /** Its name, e.g. net. */
  readonly name: string;
  readonly text: string;
  readonly ours: readonly Section[];
}

/** The folder of the manual's pages in `out`. */
const folderOf = (line: Line) => path.join(out, 'doc', line.name);

/**
 * The guide as a page next to Node's. Its links to files in doc-api, and to Node's pages
 * on their site, become links to the pages next to it.
 * @param text the guide in doc-api
 * @param folder where the rendered page will be
 */
export function guidePage(text: string, folder: string): string {
  return text.replaceAll(/^(\[.+\]: )([^\s#]+)(#\S+)?$/gm, (_, label: string, target: string, hash = '') => {
    const online = /^https:\/\/nodejs\.org\/api\/(\w+)\.html$/.exec(target)?.[1];
    if (online !== undefined) return `${label}${online}.md${hash}`;
    if (/^[\w-]+\.[\w-]+\.md$/.test(target)) return `${label}${path.basename(pageOf(target))}${hash}`;
    if (/^\w+:/.test(target)) return `${label}${target}${hash}`;
    return `${label}${path.relative(folder, path.join(root, path.dirname(GUIDE), target))}${hash}`;
  });
}

/**
 * Pages of the manual as they are in the fork tree.
 * @param docs the files in doc-api that change them
 */
export async function pagesOf(line: Line, base: BaseRecord, docs: readonly string[]): Promise<readonly Page[]> {
  const { tree } = linePaths(line.name);
  const pages: Page[] = [];
  for (const file of new Set(docs.map(pageOf))) {
    const text = withIds(await readFile(path.join(tree, file), 'utf8'));
    const before = withIds(await new Repository(tree).git(['show', `${base.commit}:${file}`]));
    pages.push({ name: path.basename(file, '.md'), text, ours: changedSections(before, text) });
  }
  return pages;
}

async function guide(line: Line): Promise<Page> {
  const text = guidePage(await readFile(path.join(root, GUIDE), 'utf8'), folderOf(line));
  return { name: path.basename(GUIDE, '.md'), text, ours: sectionsOf(text) };
}

/** Where the base's own manual documents a type; undefined if it would reject the type. */
export type TypeLink = (type: string) => string | undefined;

const docKit = path.join(root, 'node_modules', '@node-core', 'doc-kit');

/** The types of JavaScript and the Web, for a base whose manual is made with doc-kit. */
async function docKitLinks(map: string): Promise<TypeLink> {
  const readMap = async (file: string) => new Map(Object.entries(JSON.parse(await readFile(file, 'utf8')) as Record<string, string>));
  const own = await readMap(map);
  const maps = path.join(docKit, 'src', 'generators', 'metadata', 'maps');
  const builtin = await readMap(path.join(maps, 'builtin.json'));
  const web = await readMap(path.join(maps, 'mdn.json'));
  return (type) => {
    const known = own.get(type) ?? builtin.get(type.toLowerCase()) ?? web.get(type.toLowerCase());
    // A name with a dot is taken to be a class on that page.
    return known ?? (/^\w+\.\w/.test(type) ? `${type.split('.')[0]}.html#class-${type.replaceAll('.', '').toLowerCase()}` : undefined);
  };
}

/**
 * How a fork tree's manual resolves types: newer trees have a map for doc-kit, older ones
 * a module of their own generator.
 */
export async function typeLinks(tree: string): Promise<TypeLink> {
  const map = path.join(tree, 'doc', 'type-map.json');
  if (existsSync(map)) return docKitLinks(map);
  const parser = path.join(tree, 'tools', 'doc', 'type-parser.mjs');
  // A hook of another commit may have changed it since it was imported last.
  const { toLink } = await import(`${pathToFileURL(parser).href}?${(await stat(parser)).mtimeMs}`) as { toLink: (type: string) => string };
  return (type) => {
    try {
      return /href="([^"]+)"/.exec(toLink(`{${type}}`))?.[1];
    } catch {
      return undefined;
    }
  };
}

/** Renders Markdown pages with doc-kit, which gets everything it needs from the fork tree. */
async function render(line: Line, base: BaseRecord, pages: readonly Page[], typeLink: TypeLink): Promise<void> {
  const { tree, logs } = linePaths(line.name);
  const folder = folderOf(line);
  const source = path.join(folder, 'source');
  await rm(folder, { recursive: true, force: true });
  await mkdir(source, { recursive: true });
  for (const { name, text } of pages) await writeFile(path.join(source, `${name}.md`), text);
  const types = new Set(pages.flatMap(({ text }) => typesIn(text)));
  const known = [...types].flatMap((type) => (typeLink(type) === undefined ? [] : [[type, typeLink(type)]]));
  const typeMap = path.join(source, 'type-map.json');
  await writeFile(typeMap, JSON.stringify(Object.fromEntries(known)));
  await run(await officialNode(RENDERER), [
    path.join(docKit, 'bin', 'cli.mjs'), 'generate',
    '--target', 'legacy-html',
    '--input', path.join(source, '*.md'),
    '--output', folder,
    '--version', nodeVersion(base.version),
    '--changelog', path.join(tree, 'CHANGELOG.md'),
    '--index', path.join(tree, 'doc', 'api', 'index.md'),
    '--type-map', typeMap,
  ], { log: path.join(logs, 'doc.log'), stall: 120 });
}

/**
 * The ids that links may use: those of the rendered pages, and those in the Markdown of
 * the fork tree's other pages.
 */
async function targetsOf(line: Line, pages: readonly PageFacts[]): Promise<Targets> {
  const folder = folderOf(line);
  const known = new Map(pages.map(({ file, ids }) => [file, ids]));
  const linked = new Set(pages.flatMap(({ links }) => links.map(({ href }) => fileOf(href))));
  for (const file of linked) {
    if (known.has(file)) continue;
    const markdown = path.join(linePaths(line.name).tree, 'doc', 'api', file.replace(/\.html$/, '.md'));
    if (file.endsWith('.html') && existsSync(markdown)) {
      known.set(file, idsOf(await readFile(markdown, 'utf8')));
    } else if (existsSync(path.join(folder, file))) {
      known.set(file, new Set());
    }
  }
  return (file) => known.get(file);
}

/** What is wrong with a rendered page. */
async function faultsOf(
  { facts, textOf }: OpenPage,
  { ours, text: page }: Page,
  targets: Targets,
  typeLink: TypeLink,
): Promise<readonly string[]> {
  const faults = [
    ...facts.errors,
    ...brokenLinks(facts, targets).map((href) => `the link ${href} leads nowhere`),
  ];
  if (ours.length === 0) faults.push('nothing on it is ours');
  for (const { id, aliases, text } of ours) {
    for (const type of typesIn(text).filter((type) => typeLink(type) === undefined)) {
      faults.push(`#${id}: the base's manual does not know the type {${type}}`);
    }
    for (const label of undefinedIn(text, page)) faults.push(`#${id}: nothing defines the link [${label}]`);
    for (const anchor of [id, ...aliases].filter((anchor) => !facts.ids.has(anchor))) {
      faults.push(`there is no anchor #${anchor}`);
    }
    const rendered = await textOf(id);
    if (rendered === undefined) faults.push(`there is no section #${id}`);
    else faults.push(...leftovers(rendered).map((rest) => `#${id} shows Markdown: ${rest}`));
  }
  return faults.map((fault) => `${facts.file}: ${fault}`);
}

/**
 * Renders pages and checks them in a browser: all our anchors must exist, no link may be
 * broken, and no Markdown may be left over. Takes a screenshot of each of our sections.
 * @param base what the fork tree was made from
 */
export async function checkPages(
  line: Line,
  base: BaseRecord,
  pages: readonly Page[],
): Promise<{ faults: readonly string[]; links: number }> {
  const folder = folderOf(line);
  const typeLink = await typeLinks(linePaths(line.name).tree);
  await render(line, base, pages, typeLink);

  const faults: string[] = [];
  let links = 0;
  await withPages(folder, pages.map(({ name }) => `${name}.html`), async (opened) => {
    const targets = await targetsOf(line, opened.map(({ facts }) => facts));
    for (const [index, open] of opened.entries()) {
      const page = pages[index]!;
      faults.push(...await faultsOf(open, page, targets, typeLink));
      links += open.facts.links.length;
      for (const { id } of page.ours) await open.shoot(id, path.join(folder, 'screenshots', `${page.name}-${id}.png`));
    }
  });
  return { faults, links };
}

/**
 * Checks the guide and the pages of the manual that a line's proposals change.
 * @throws UserError with the number of faults, each of which is printed
 */
export async function doc(line: Line, base: BaseRecord): Promise<Done> {
  const folder = folderOf(line);
  const pages = [...await pagesOf(line, base, proposalsOn(line).flatMap(({ docs }) => docs)), await guide(line)];
  const { faults, links } = await checkPages(line, base, pages);
  for (const fault of faults) say(fault);
  if (faults.length > 0) {
    throw new UserError(`the manual of ${line.name} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}, printed above`,
                        `correct doc-api and run again (the pages are in ${shown(folder)})`);
  }
  const sections = pages.reduce((sum, { ours }) => sum + ours.length, 0);
  return {
    did: `${shown(folder)}: ${pages.map(({ name }) => name).join(', ')}; ${sections} sections of ours, ${links} links, no fault`,
  };
}
