import t from 'tap';
import { changedSections, idsOf, sectionsOf, typesIn, undefinedIn, withIds } from '../../../publish/doc/sections.ts';

const page = `# Net

Text.

## Class: \`net.Socket\`

### Event: \`'error'\`

* {Error}

\`\`\`sh
# No heading
<a id="none"></a>
\`\`\`

### \`socket[Symbol.dispose]()\`

<a id="old-name"></a>

### \`socket.set_it(level[, value])\` and [a *link*](#there)

Last.

### Event: \`'error'\`

[\`net\`]: net.md#net
`;

t.test('sections have the ids that GitHub and doc-kit give them', async (t) => {
  t.same(sectionsOf(page).map(({ id }) => id), [
    'net',
    'class-netsocket',
    'event-error',
    'socketsymboldispose',
    'socketset_itlevel-value-and-a-link',
    'event-error-1',
  ]);
  t.same([...idsOf(page)].filter((id) => id.includes('-name')), ['old-name']);
});

t.test('a section ends at the next heading, an alias above a heading is the heading\'s', async (t) => {
  const sections = sectionsOf(page);
  t.equal(sections[0]!.text, '# Net\n\nText.');
  t.match(sections[2]!.text, /# No heading\n<a id="none"><\/a>\n```$/);
  t.equal(sections[3]!.text, '### `socket[Symbol.dispose]()`');
  t.same(sections[3]!.aliases, []);
  t.same(sections[4]!.aliases, ['old-name']);
  t.notMatch(sections[5]!.text, 'net.md', 'link definitions are the page\'s');
});

t.test('what was not there or is not what it was has changed', async (t) => {
  const changed = (from: string, to: string) => changedSections(page, page.replace(from, to)).map(({ id }) => id);
  t.same(changed('', ''), []);
  t.same(changed('Text.', 'Another text.'), ['net']);
  t.same(changed('### Event', '### `new`\n\n### Event'), ['new']);
  t.same(changed('"old-name"', '"older-name"'), ['socketset_itlevel-value-and-a-link']);
  t.same(changed('net.md#net', 'net.md#other'), [], 'link definitions');
  t.same(changed('# No heading', '# A comment'), ['event-error']);
});

t.test('types are those in braces of the prose', async (t) => {
  t.same(typesIn('* `value` {integer|Buffer|string[]}\n* Returns: {net.Socket} and {integer}'),
         ['integer', 'Buffer', 'string', 'net.Socket']);
  t.same(typesIn('* `list` {string\\[]|Buffer\\[]} of {zlib\noptions}'), ['string', 'Buffer', 'zlib options']);
  t.same(typesIn('`{ host }` and\n```js\nconst { a } = b;\n```\n'), [], 'code names none');
});

t.test('links to the second of two headings are written as doc-kit counts', async (t) => {
  const links = '[a]: #event-error_1\n[b]: #socketset_itlevel-value-and-a-link\n[c]: #event-error_2\n[d]: tls.md#event-error_1\n';
  t.equal(withIds(page + links), page + links.replace('#event-error_1\n[b]', '#event-error-1\n[b]'));
});

t.test('references that a page does not define', async (t) => {
  const defined = '[`a(b[, c])`]: #a\n[Some  text]: x.md\n```md\n[fenced]: y.md\n```\n';
  const section = 'See [`a(b[, c])`][], [some\ntext][], [x][`d`] and [fenced][], not `f(a[, b][, c])`.\n```js\na[b][c]\n```\n';
  t.same(undefinedIn(section, defined), ['`d`', 'fenced']);
});
