import t from 'tap';
import { parseBlocks } from '../../fork/splice.ts';
import { text } from '../files.ts';
import { spliced } from './spliced.ts';

/** What splicing twice reports. */
const twice = (page: string, ...blocks: readonly string[]) => () => spliced(spliced(page, ...blocks), ...blocks);

const page = text(
  '## `f(options)`',
  '',
  '<!-- YAML',
  'added: v1.0.0',
  'changes:',
  '  - version: v2.0.0',
  '    pr-url: https://github.com/nodejs/node/pull/2',
  '    description: Two.',
  '-->',
  '',
  '* `options` {Object}',
  '  * `alpha` {Object} An option',
  '    with more lines.',
  '    * `nested` {string} One',
  '      of its own.',
  '',
  '    A paragraph of it.',
  '  * `Gamma` {number}',
  '  * `omega` {number}',
  '    Last.',
  '* `callback` {Function}',
  '* Returns: {f}',
  '',
  'About f.',
  '',
  'Additional options:',
  '',
  '* `timeout` {number}',
  '',
  '```js',
  '* `inCode` {number}',
  '## `h()`',
  '```',
  '',
  '### Details',
  '',
  '* `detail` {number}',
  '',
  '<a id="g"></a>',
  '',
  '## `g()`',
  '',
  '<!-- YAML',
  'added: v1.0.0',
  '-->',
  '',
  '* `zeta` {number}',
  '* `beta` {number}',
  '',
  '## `h()`',
  '',
  'H.',
  '',
  '[`f`]: #f',
);

t.test('the blocks of a file', async (t) => {
  t.same(parseBlocks(text(
    '<!-- splice replace="## `f("x")`" -->',
    '## F',
    '<!-- splice option="## `f("x")`" -->',
    '',
    '  * `a` {b}',
    '    c',
    '',
    '<!-- splice option="## F" beside="x" -->',
    '* `a` {b}',
    '<!-- splice change="## F" -->',
    '  - version: REPLACEME',
  ), 'x.md'), [
    { where: 'replace', heading: '## `f("x")`', text: '## F' },
    { where: 'option', heading: '## `f("x")`', text: '  * `a` {b}\n    c' },
    { where: 'option', heading: '## F', beside: 'x', text: '* `a` {b}' },
    { where: 'change', heading: '## F', text: '  - version: REPLACEME' },
  ], 'the first line keeps its indentation');
  for (const mark of ['<!-- splice after="## X" beside="y" -->', '<!-- splice option="## X" beside="" -->']) {
    t.throws(() => spliced(page, mark, '* `a` {b}'), { name: 'UserError' }, mark);
  }
});

t.test('replace', async (t) => {
  const put = ['### New', '', 'Text.'];
  const section = (from: string, to: string) => page.slice(page.indexOf(from), page.indexOf(to));
  for (const [heading, next, why] of [
    ['## `f(options)`', '<a id="g">', 'with the headings below it, up to the next one\'s anchor'],
    ['### Details', '<a id="g">', 'up to a heading above it'],
    ['## `g()`', '## `h()`\n\nH', 'its anchor stays'],
    ['## `h()`', '[`f`]: ', 'up to the links'],
  ] as const) {
    const mark = `<!-- splice replace="${heading}" -->`;
    const old = heading === '## `h()`' ? '## `h()`\n\nH.\n\n' : section(heading, next);
    t.equal(spliced(page, mark, ...put), page.replace(old, `${put.join('\n')}\n\n`), why);
    t.throws(twice(page, mark, ...put), {
      message: `page.md has the heading "${heading}" 0 times, not once`,
    }, 'a heading that was replaced is gone');
  }
  t.equal(spliced('# A\n\n## B\n\nText.\n', '<!-- splice replace="## B" -->', ...put), `# A\n\n${put.join('\n')}\n`, 'a page without links');
});

t.test('replace, twice', async (t) => {
  const error = { message: 'page.md has the new text of "## `g()`" already' };
  const mark = '<!-- splice replace="## `g()`" -->';
  t.throws(twice(page, mark, '## `g()`', '', 'Text.'), error, 'by its heading');
  t.throws(twice(page, mark, '<a id="old"></a>', '', '## `g()`', '', 'Text.'), error, 'by its anchor');
  const shorter = spliced(page, '<!-- splice replace="## `h()`" -->', 'H.');
  t.notMatch(shorter.slice(shorter.indexOf('`beta`')), '## `h()`', 'the end of a section is another text');
});

t.test('option', async (t) => {
  const mark = '<!-- splice option="## `f(options)`" -->';
  for (const [item, before, why] of [
    [['  * `beta` {number} New', '    and long.'], '  * `Gamma`', 'by name, past nested lists'],
    [['  * `Alpha0` {number}'], '  * `Gamma`', 'case does not count'],
    [['  * `aaa` {number}'], '  * `alpha`', 'as the first'],
    [['  * `zeta` {number}'], '* `callback`', 'as the last'],
    [['    * `other` {number}'], '\n    A paragraph of it', 'in a nested list'],
    [['* `zeta` {number}'], '* Returns', 'at the end where the list is in another order'],
  ] as const) {
    t.equal(spliced(page, mark, ...item), page.replace(before, `${item.join('\n')}\n${before}`), why);
  }
  t.equal(spliced(page, mark, '  * `b` {n}', '', '    Par.', '  * `x` {n}', '  * `c` {n}'), page
    .replace('  * `Gamma`', '  * `b` {n}\n\n    Par.\n  * `c` {n}\n  * `Gamma`')
    .replace('* `callback`', '  * `x` {n}\n* `callback`'), 'several items');
  t.equal(spliced(page, '<!-- splice option="## `g()`" -->', '* `alpha` {n}'),
          page.replace('* `beta` {number}\n', '* `beta` {number}\n* `alpha` {n}\n'), 'at the end of an unsorted list');
  t.equal(spliced('## A\n\n* `a` {n}\n  More.\n', '<!-- splice option="## A" -->', '* `b` {n}'),
          '## A\n\n* `a` {n}\n  More.\n* `b` {n}\n', 'a page that ends with the list');
});

t.test('option beside another', async (t) => {
  const mark = (beside: string) => `<!-- splice option="## \`f(options)\`" beside="${beside}" -->`;
  t.equal(spliced(page, mark('timeout'), '* `handle` {n}'), page.replace('* `timeout`', '* `handle` {n}\n* `timeout`'),
          'in a later list');
  t.equal(spliced(page, mark('omega'), '* `beta` {n}', '  More.'),
          page.replace('  * `Gamma`', '  * `beta` {n}\n    More.\n  * `Gamma`'), 'indented as that list is');
  t.throws(() => spliced(page, mark('detail'), '* `x` {n}'), {
    message: 'page.md has no option `detail` under "## `f(options)`"',
  }, 'not below another heading');
  t.throws(() => spliced(page, mark('inCode'), '* `x` {n}'), { name: 'UserError' }, 'what is in a code fence is no list');
  t.throws(() => spliced(page, mark('timeou'), '* `x` {n}'), { name: 'UserError' }, 'by its whole name');
});

t.test('a list ends where text begins', async (t) => {
  const lists = text('## A', '', '* `b` {n}', '', '* `d` {n}', 'lazy', '', 'Text.', '', '* `a` {n}', '* `f` {n}');
  t.equal(spliced(lists, '<!-- splice option="## A" -->', '* `c` {n}'), lists.replace('* `d`', '* `c` {n}\n* `d`'));
  t.equal(spliced(lists, '<!-- splice option="## A" beside="f" -->', '* `c` {n}'), lists.replace('* `f`', '* `c` {n}\n* `f`'));
});

t.test('options that cannot be put in', async (t) => {
  const mark = '<!-- splice option="## `f(options)`" -->';
  const exists = 'page.md has the option `beta` under "## `f(options)`" already';
  t.throws(twice(page, mark, '  * `beta` {n}'), { message: exists });
  t.throws(() => spliced(page, mark, '  * `beta` {n}', '  * `beta` {n}'), { message: exists }, 'in one block');
  t.throws(() => spliced(page, mark, '   * `beta` {n}'), {
    message: 'page.md has no options indented by 3 under "## `f(options)`"',
  });
  t.throws(() => spliced(page, '<!-- splice option="## `h()`" -->', '* `beta` {n}'), { name: 'UserError' }, 'no list');
  t.throws(() => spliced(page, '<!-- splice option="## `i()`" -->', '* `beta` {n}'), {
    message: 'page.md has the heading "## `i()`" 0 times, not once',
  });
  for (const [line, ...lines] of [
    ['Text.', 'Text.'],
    ['', ''],
    ['* Returns: {n}', '* Returns: {n}'],
    ['lazy', '  * `beta` {n}', 'lazy'],
    ['  lazy', '  * `beta` {n}', '  lazy'],
    ['* `up` {n}', '  * `beta` {n}', '* `up` {n}'],
    ['- `beta` {n}', '- `beta` {n}'],
  ] as const) {
    t.throws(() => spliced(page, mark, ...lines), {
      message: `"${line}" in the options for "## \`f(options)\`" is no item of a list`,
    }, lines.join('\\n'));
  }
});

t.test('change', async (t) => {
  const entry = [
    '  - version: REPLACEME',
    '    pr-url: https://github.com/nodejs/node/pull/3',
    '    description: Three',
    '                 lines.',
  ];
  const put = entry.join('\n');
  const f = '<!-- splice change="## `f(options)`" -->';
  const g = '<!-- splice change="## `g()`" -->';
  t.equal(spliced(page, f, ...entry), page.replace('changes:\n', `changes:\n${put}\n`), 'as the first of the list');
  t.equal(spliced(page, g, ...entry), page.replace('added: v1.0.0\n-->', `added: v1.0.0\nchanges:\n${put}\n-->`),
          'a list is made');
  t.equal(spliced(page, f, '<!-- YAML', 'changes:', ...entry, '-->'), spliced(page, f, ...entry), 'in a comment');
  t.equal(spliced(page.replace('  - version: v2', ' - version: v2'), f, ...entry),
          page.replace('  - version: v2', `${put.replaceAll(/^ /gm, '')}\n - version: v2`), 'indented as the list is');
  for (const mark of [f, g]) {
    t.throws(twice(page, mark, ...entry), {
      message: `page.md has that change of "${mark.slice(20, -5)}" already`,
    }, mark);
  }
  t.doesNotThrow(() => spliced(page, f, ...entry, g, ...entry), 'the same change of two headings');
});

t.test('changes that cannot be put in', async (t) => {
  const entry = ['- version: REPLACEME', '  description: D.'];
  for (const heading of ['## `h()`', '### Details']) {
    t.throws(() => spliced(page, `<!-- splice change="${heading}" -->`, ...entry), {
      message: `page.md has no YAML block below "${heading}"`,
    });
  }
  t.throws(() => spliced('## A\n\n<!-- YAML\nadded: v1\n', '<!-- splice change="## A" -->', ...entry), {
    message: 'page.md has no YAML block below "## A"',
  }, 'a block without an end');
  for (const lines of [
    ['Text.'],
    [''],
    ['version: REPLACEME'],
    [...entry, ...entry],
    [...entry, '', '  more: x'],
    ['<!-- YAML', 'added: REPLACEME', '-->'],
    ['<!-- YAML', 'changes:', '-->'],
  ]) {
    t.throws(() => spliced(page, '<!-- splice change="## `g()`" -->', ...lines), {
      message: 'the change for "## `g()`" is not one entry of a list of changes',
    }, lines.join('\\n'));
  }
});

t.test('several kinds in one file', async (t) => {
  const out = spliced(
    page,
    '<!-- splice replace="## `g()`" -->', '## `g(x)`', '', '<!-- YAML', 'added: v1.0.0', '-->', '', '* `x` {n}',
    '<!-- splice change="## `g(x)`" -->', '  - version: REPLACEME',
    '<!-- splice option="## `g(x)`" -->', '* `y` {n}',
    '<!-- splice after="## `g(x)`" -->', 'More.',
    '<!-- splice links -->', '[`g`]: #g',
  );
  t.ok(out.includes(text(
    '<a id="g"></a>', '', '## `g(x)`', '', '<!-- YAML', 'added: v1.0.0', 'changes:', '  - version: REPLACEME', '-->', '',
    '* `x` {n}', '* `y` {n}', '', 'More.', '', '## `h()`', '', 'H.', '', '[`f`]: #f', '[`g`]: #g',
  )), out);
});
