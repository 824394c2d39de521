import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { root } from '../../../core/paths.ts';
import { filesOf, loadProposals } from '../../../core/proposals.ts';
import { parseBlocks } from '../../../fork/splice.ts';
import { guidePage, typeLinks } from '../../../publish/doc/doc.ts';
import { sectionsOf } from '../../../publish/doc/sections.ts';

t.test('links of the guide lead to the pages beside it', async (t) => {
  const folder = path.join(root, 'out', 'doc', 'v0.x');
  const links = [
    ['net-a-b.net.md#x', 'net.md#x'],
    ['sync.worker_threads.md', 'worker_threads.md'],
    ['https://nodejs.org/api/errors.html#err', 'errors.md#err'],
    ['https://nodejs.org/api/errors.html', 'errors.md'],
    ['https://example.com/a.html#b', 'https://example.com/a.html#b'],
    ['../examples/x.js', '../../../examples/x.js'],
    ['#here', '#here'],
  ] as const;
  for (const [from, to] of links) t.equal(guidePage(`Text [a]: b\n\n[\`a\`]: ${from}\n`, folder), `Text [a]: b\n\n[\`a\`]: ${to}\n`);
});

t.test('types of a base that has its own generator', async (t) => {
  const parser = `export function toLink(type) {
    if (type !== '{integer}') throw new Error('unrecognized');
    return '<a href="numbers.html" class="type">&lt;integer&gt;</a>';
  }`;
  const link = await typeLinks(t.testdir({ tools: { doc: { 'type-parser.mjs': parser } } }));
  t.equal(link('integer'), 'numbers.html');
  t.equal(link('number'), undefined);
});

t.test('types of a base whose manual is made with doc-kit', async (t) => {
  const link = await typeLinks(t.testdir({ doc: { 'type-map.json': '{ "Buffer": "buffer.html#class-buffer" }' } }));
  t.equal(link('Buffer'), 'buffer.html#class-buffer');
  t.equal(link('buffer'), undefined);
  t.match(link('integer'), /^https:/);
  t.match(link('DataView'), /^https:/);
  t.equal(link('net.BoundSocket'), 'net.html#class-netboundsocket');
  t.equal(link('BoundSocket'), undefined);
  t.equal(link('constructor'), undefined);
});

const docs = loadProposals().flatMap((proposal) => [...filesOf(proposal)].filter((file) => file.startsWith('doc-api/')));

/** The sections of a doc-api file that describe something new. */
const newSections = (file: string) => parseBlocks(readFileSync(path.join(root, file), 'utf8'), file)
  .flatMap(({ text }) => sectionsOf(text))
  .filter(({ text }) => /^added: REPLACEME$/m.test(text));

t.test('what is new has an example as CommonJS and as a module', async (t) => {
  const sections = docs.flatMap(newSections);
  t.ok(sections.length > 0);
  for (const { id, text } of sections) {
    for (const flavor of ['cjs', 'mjs']) t.match(text, new RegExp(`^\`\`\`${flavor}$`, 'm'), `${id} ${flavor}`);
  }
});

t.test('what is new says when it was added', async (t) => {
  for (const file of docs) {
    const blocks = parseBlocks(readFileSync(path.join(root, file), 'utf8'), file);
    for (const { id, text } of blocks.flatMap(({ text }) => sectionsOf(text))) {
      const isApi = /^#+ .*`[^`]*[.(][^`]*`$/m.test(text.split('\n')[0]!);
      // A heading that covers several signatures has no metadata of its own.
      if (isApi && !text.includes('Possible signatures:')) t.match(text, /^<!-- YAML\nadded: /m, `${file} ${id}`);
    }
  }
});

t.test('every example that the guide names is there, and is named', async (t) => {
  const guide = readFileSync(path.join(root, 'doc-api', 'guide.md'), 'utf8');
  for (const section of guide.split(/^## /m).slice(1)) {
    const named = [...section.matchAll(/`(examples\/[\w-]+\.js)`\]\[\]/g)].map(([, file]) => file!);
    t.not(named.length, 0, `one in ${section.split('\n')[0]}`);
    for (const file of named) t.ok(existsSync(path.join(root, file)), file);
  }
});
