import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type HTTPRequest, launch } from 'puppeteer-core';
import { UserError } from '../../core/errors.ts';
import { which } from '../../core/system.ts';
import type { Link, PageFacts } from './check.ts';

/** The time limit in milliseconds of each step in the browser. */
const LIMIT = 30_000;

/** Screenshots are of text, which nothing that floats over the page may cover. */
const PRINTABLE = 'header, .skip-to-content { display: none !important; }';

/** A page that is open in the browser. */
export interface OpenPage {
  readonly facts: PageFacts;
  /** The text of the section with that id, without code; undefined if there is no such section. */
  readonly textOf: (id: string) => Promise<string | undefined>;
  /** Takes a screenshot of that section. */
  readonly shoot: (id: string, file: string) => Promise<void>;
}

/** Selects the section whose heading has the given id. */
const sectionWith = (id: string) => `section:has(> :is(h1, h2, h3, h4, h5, h6) [id="${id}"])`;

// Code that runs in the page is a string: the project's own code is compiled for Node.js.

const IDS = 'Array.from(document.querySelectorAll("[id]"), ({ id }) => id)';

const LINKS = `Array.from(document.querySelectorAll('a[href]'), (link) => ({
  href: link.getAttribute('href'),
  inText: link.closest('#apicontent') !== null,
}))`;

const UNFOLD = 'for (const history of document.querySelectorAll("details")) history.open = true';

const textIn = (selector: string) => `(() => {
  const copy = document.querySelector(${JSON.stringify(selector)})?.cloneNode(true);
  copy?.querySelectorAll('pre, code').forEach((code) => code.remove());
  return copy?.textContent;
})()`;

async function openPage(browser: Browser, folder: string, file: string): Promise<OpenPage> {
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`a script fails: ${error instanceof Error ? error.message : String(error)}`));
  // Fonts and icons from other sites are not part of the manual.
  const isOurs = (request: HTTPRequest) => request.url().startsWith('file:');
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    // Fails if the page itself has cancelled the request.
    (isOurs(request) ? request.continue() : request.abort()).catch(() => {});
  });
  page.on('requestfailed', (request) => {
    if (isOurs(request)) errors.push(`${path.basename(request.url())} cannot be loaded`);
  });
  await page.goto(pathToFileURL(path.join(folder, file)).href, { waitUntil: 'load' });
  await page.addStyleTag({ content: PRINTABLE });
  await page.evaluate(UNFOLD);
  const ids = new Set(await page.evaluate(IDS) as string[]);
  const links = await page.evaluate(LINKS) as Link[];
  return {
    facts: { file, ids, links, errors },
    textOf: async (id) => await page.evaluate(textIn(sectionWith(id))) as string | undefined,
    shoot: async (id, picture) => {
      const section = await page.$(sectionWith(id));
      if (section === null) return;
      await mkdir(path.dirname(picture), { recursive: true });
      // A page behind another one is not rendered.
      await page.bringToFront();
      await section.screenshot({ path: picture, type: 'png' });
    },
  };
}

/**
 * Opens pages of a folder in a headless Chromium without network access.
 * @param use called with the pages in the order of `files`; afterwards the browser is
 *   closed
 */
export async function withPages<T>(
  folder: string,
  files: readonly string[],
  use: (pages: readonly OpenPage[]) => Promise<T>,
): Promise<T> {
  const executablePath = which('chromium');
  if (executablePath === undefined) throw new UserError('there is no chromium', 'install the package chromium and run again');
  // Chromium has no sandbox for root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const options = { executablePath, args, timeout: LIMIT, protocolTimeout: LIMIT };
  const browser = await launch(options).catch((error: unknown) => {
    throw new UserError(`chromium did not start (${(error as Error).message.split('\n')[0]})`,
                        `run ${[executablePath, ...args].join(' ')} --headless --version to see what it says, then run again`);
  });
  try {
    const pages: OpenPage[] = [];
    for (const file of files) pages.push(await openPage(browser, folder, file));
    return await use(pages);
  } finally {
    await browser.close();
  }
}
