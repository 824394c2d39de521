import t from 'tap';
import { brokenLinks, fileOf, leftovers } from '../../../publish/doc/check.ts';

const targets = (file: string) => new Map([
  ['errors.html', new Set(['err_one'])],
  ['../examples/demo.js', new Set<string>()],
]).get(file);

/** Those of the links that are reported as broken. */
function broken(hrefs: readonly string[], inText = true): readonly string[] {
  const ids = new Set(['here', 'event-\'x\'']);
  return brokenLinks({ file: 'net.html', ids, links: hrefs.map((href) => ({ href, inText })), errors: [] }, targets);
}

t.test('links that lead somewhere', async (t) => {
  t.same(broken(['#here', '#', '#top', '#event-%27x%27', 'errors.html', 'errors.html#err_one', '../examples/demo.js',
                 'https://nodejs.org/#gone', '//nodejs.org/x.html', '/', 'mailto:someone@localhost']), []);
});

t.test('links that lead nowhere', async (t) => {
  for (const href of ['#gone', 'errors.html#gone', 'gone.html', 'gone.html#here', '../examples/gone.js',
                      'errors.html?x=1#gone', 'net.html#here']) {
    t.same(broken([href]), [href]);
  }
  t.same(broken(['#gone', '#here', '#gone']), ['#gone'], 'each once');
});

t.test('the frame of a page may link to pages that are not rendered, but not within itself', async (t) => {
  t.same(broken(['all.html', 'net.json', 'fs.html', '#gone'], false), ['#gone']);
});

t.test('the file of a link', async (t) => {
  t.same(['a.html#b', 'a.html?b#c', 'a.html', '#b', '?b'].map(fileOf), ['a.html', 'a.html', 'a.html', '', '']);
});

t.test('Markdown in rendered text', async (t) => {
  for (const [text, found] of [
    ['Added in: 1 <!-- YAML', '<!--'],
    ['```cjs', '```'],
    ['value {integer|net.Socket} The value', '{integer|net.Socket}'],
    ['| State | --- | Error |', '| ---'],
  ] as const) t.same(leftovers(text), [found], text);
  t.same(leftovers('a.b([c[, d]]) { return [0]; } a | b -- c {'), []);
});
