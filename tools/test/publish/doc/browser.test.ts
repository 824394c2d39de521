import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { which } from '../../../core/system.ts';
import { withPages } from '../../../publish/doc/browser.ts';
import { setPath } from '../../process.ts';

const section = (id: string, text: string) => `<section><h2>${id}<span><a id="${id}">#</a></span></h2>${text}</section>`;

const html = (head: string, body: string) => `<!doctype html><head>${head}</head>
<a href="all.html">All</a>
<header style="position: sticky; top: 0; height: 200px">Header</header>
<div id="apicontent">${body}</div>`;

const skip = which('chromium') === undefined ? 'chromium is not installed' : false;

t.test('pages in a browser', { skip }, async (t) => {
  const folder = t.testdir({
    'good.html': html('<script src="good.js"></script><link rel="stylesheet" href="https://fonts.invalid/lato.css">', [
      section('one', '<p>Text <code>{code}</code>.<pre>{ more }</pre><details><summary>History</summary>Past</details>'),
      section('two', '<a href="#one">One</a> <a href="bad.html#x">Elsewhere</a><p style="height: 3000px">'),
    ].join('')),
    'good.js': 'document.body ?? 0;',
    'bad.html': html('<script src="gone.js"></script><script>throw new Error("on purpose")</script>', section('x', '')),
  });
  await withPages(folder, ['good.html', 'bad.html'], async ([good, bad]) => {
    t.same(good!.facts, {
      file: 'good.html',
      ids: new Set(['apicontent', 'one', 'two']),
      links: [
        { href: 'all.html', inText: false },
        { href: '#one', inText: true },
        { href: 'bad.html#x', inText: true },
      ],
      errors: [],
    }, 'a file of another site is no error');
    t.same(bad!.facts.errors, ['gone.js cannot be loaded', 'a script fails: on purpose']);

    t.equal(await good!.textOf('one'), 'one#Text .HistoryPast', 'without code');
    t.equal(await good!.textOf('three'), undefined);

    const picture = path.join(folder, 'pictures', 'two.png');
    await good!.shoot('two', picture);
    const png = readFileSync(picture);
    t.equal(png.toString('latin1', 1, 4), 'PNG');
    t.ok(png.readUInt32BE(20) > 3000, 'all of the section');
    await t.rejects(async () => {
      await good!.shoot('three', path.join(folder, 'three.png'));
      readFileSync(path.join(folder, 'three.png'));
    }, { code: 'ENOENT' }, 'none of what is not there');
  });
});

t.test('no browser', async (t) => {
  setPath(t, t.testdir({}));
  await t.rejects(withPages('.', [], async () => {}), { message: 'there is no chromium' });
});
