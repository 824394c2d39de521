import t from 'tap';
import { parseBlocks, splice } from '../../fork/splice.ts';
import { text } from '../files.ts';
import { spliced } from './spliced.ts';

const page = text(
  '# Net',
  '',
  '## Class: `A`',
  '',
  'About A.',
  '',
  '### `a.one()`',
  '',
  'One.',
  '',
  '#### Details',
  '',
  'More.',
  '',
  '### `a.two()`',
  '',
  'Two.',
  '',
  '## `f()`',
  '',
  'F.',
  '',
  '[`a.one()`]: #aone',
  '[`f()`]: #f',
);

t.test('the blocks of a file', async (t) => {
  const blocks = parseBlocks(text(
    '',
    '<!-- splice after="## `f(\'x\')`" -->',
    '',
    '## One',
    '',
    'Text.',
    '',
    '<!-- YAML -->',
    '',
    '<!-- splice before="## Two" -->',
    '## Three',
    '<!-- splice links -->',
    '[a]: b',
    '',
  ), 'x.md');
  t.same(blocks, [
    { where: 'after', heading: '## `f(\'x\')`', text: '## One\n\nText.\n\n<!-- YAML -->' },
    { where: 'before', heading: '## Two', text: '## Three' },
    { where: 'links', heading: '', text: '[a]: b' },
  ]);
});

t.test('text before the first mark', async (t) => {
  t.throws(() => parseBlocks('Lost.\n<!-- splice links -->\n', 'doc-api/x.md'), {
    message: 'doc-api/x.md begins with text that belongs nowhere',
  });
  t.throws(() => parseBlocks(' <!-- splice links -->\n', 'x.md'), { name: 'UserError' }, 'a mark stands alone on its line');
});

t.test('before a heading', async (t) => {
  t.equal(spliced(page, '<!-- splice before="### `a.two()`" -->', '### `a.new()`', '', 'New.'),
          page.replace('### `a.two()`', '### `a.new()`\n\nNew.\n\n### `a.two()`'));
});

t.test('after a heading is after its section', async (t) => {
  const block = ['### `a.new()`', '', 'New.'];
  const put = block.join('\n');
  for (const [heading, next, why] of [
    ['### `a.one()`', '### `a.two()`', 'past the headings below it'],
    ['#### Details', '### `a.two()`', 'up to a heading above it'],
    ['### `a.two()`', '## `f()`', 'the last of its parent'],
    ['## Class: `A`', '## `f()`', 'with all its methods'],
    ['## `f()`', '[`a.one()`]: ', 'up to the links'],
    ['# Net', '[`a.one()`]: ', 'the whole page'],
  ] as const) {
    t.equal(spliced(page, `<!-- splice after="${heading}" -->`, ...block), page.replace(`\n${next}`, `\n${put}\n\n${next}`), why);
  }
  t.equal(spliced('# A\n\nText.\n', '<!-- splice after="# A" -->', ...block), `# A\n\nText.\n\n${put}\n`, 'a page without links');
});

t.test('what is in a code fence is no heading', async (t) => {
  for (const [open, inside, close] of [
    ['```bash', '## `f()`', '```'],
    ['~~~', '```', '~~~'],
    ['````md', '```', '````'],
  ] as const) {
    const fence = text('# P', '', '## `f()`', '', open, inside, '## `f()`', '# comment', '[x]: y', close, '', 'End of f.', '', '## Next');
    t.equal(spliced(fence, '<!-- splice after="## `f()`" -->', 'NEW'), fence.replace('## Next', 'NEW\n\n## Next'), open);
    t.equal(spliced(fence, '<!-- splice before="## `f()`" -->', 'NEW'), fence.replace('## `f()`', 'NEW\n\n## `f()`'), open);
  }
});

t.test('an anchor stays with the heading that follows it', async (t) => {
  const errors = text(
    '### `ERR_A`', '', 'A.', '',
    '<a id="B"></a>', '', '<a id="ERR_B"></a>', '', '### `ERR_B`', '', 'B.', '',
    '<a id="ERR_C"></a>', '', '## Legacy',
  );
  const block = ['<a id="ERR_NEW"></a>', '', '### `ERR_NEW`', '', 'New.'];
  const put = block.join('\n');
  t.equal(spliced(errors, '<!-- splice after="### `ERR_A`" -->', ...block), errors.replace('<a id="B">', `${put}\n\n<a id="B">`));
  t.equal(spliced(errors, '<!-- splice after="### `ERR_B`" -->', ...block), errors.replace('<a id="ERR_C">', `${put}\n\n<a id="ERR_C">`));
});

t.test('before a heading is before its anchor', async (t) => {
  const errors = text('### `ERR_A`', '', 'A.', '', '<a id="ERR_B"></a>', '', '### `ERR_B`', '', 'B.');
  t.equal(spliced(errors, '<!-- splice before="### `ERR_B`" -->', 'New.'), errors.replace('<a id', 'New.\n\n<a id'));
});

t.test('a mark that says no place', async (t) => {
  for (const mark of ['<!-- splice afer="## X" -->', '<!-- splice after=## X -->', '<!-- splice -->']) {
    t.throws(() => parseBlocks(`<!-- splice links -->\n${mark}\n`, 'x.md'), { message: `x.md: ${mark} says no place` }, mark);
  }
});

t.test('a heading that is not there once', async (t) => {
  const block = (heading: string) => [`<!-- splice after="${heading}" -->`, 'NEW'];
  t.throws(() => spliced(page, ...block('## `g()`')), {
    message: 'page.md has the heading "## `g()`" 0 times, not once',
  });
  t.throws(() => spliced(page, ...block('## `f`')), { name: 'UserError' }, 'a heading\'s beginning is not the heading');
  t.throws(() => spliced(page, ...block('### `f()`')), { name: 'UserError' }, 'nor is one of another level');
  t.throws(() => spliced(`${page}\n## \`f()\`\n`, ...block('## `f()`')), {
    message: 'page.md has the heading "## `f()`" 2 times, not once',
  });
});

t.test('several blocks', async (t) => {
  const out = spliced(
    page,
    '<!-- splice after="### `a.one()`" -->', '### `a.first()`', '', 'First.',
    '<!-- splice after="### `a.first()`" -->', '### `a.second()`', '', 'Second.',
    '<!-- splice before="### `a.two()`" -->', '### `a.third()`', '',
    '<!-- splice links -->', '[`a.first()`]: #afirst',
  );
  t.equal(out, page
    .replace('### `a.two()`', '### `a.first()`\n\nFirst.\n\n### `a.second()`\n\nSecond.\n\n### `a.third()`\n\n### `a.two()`')
    .replace('[`a.one()`]', '[`a.first()`]: #afirst\n[`a.one()`]'), 'a block may stand beside one before it');
});

t.test('links', async (t) => {
  const links = (...lines: readonly string[]) => ['<!-- splice links -->', ...lines];
  t.equal(spliced(page, ...links('[z]: #z', '[`b`]: #b', '[Sockets]: #s')), page.replace(
    '[`a.one()`]: #aone\n[`f()`]: #f\n',
    '[Sockets]: #s\n[`a.one()`]: #aone\n[`b`]: #b\n[`f()`]: #f\n[z]: #z\n'), 'by label');
  t.equal(spliced(page, ...links('[`f()`]: #f')), page, 'as the page has it');
  t.throws(() => spliced(page, ...links('[`f()`]: elsewhere.md')), { message: 'page.md defines the link [`f()`] already' });
  t.throws(() => spliced(page, ...links('[z]: #z', '[z]: #z')), { message: 'page.md defines the link [z] already' });
  t.throws(() => spliced(page, ...links('z: #z')), { message: 'z: #z is no link definition' });
  t.equal(spliced(page, ...links('[`f`]: #f')).includes('[`f`]: #f\n[`f()`]: #f\n'), false, 'a label ends with its bracket');
});

t.test('a page without blocks is left as it is', async (t) => {
  t.equal(splice(page, [], 'page.md'), page);
});
