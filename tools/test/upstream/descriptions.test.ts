import t from 'tap';
import { descriptionFaults, headingFaults, proseOf } from '../../upstream/descriptions.ts';
import { linesJson, proposal } from '../project.ts';

t.test('headings that are not its own', async (t) => {
  t.same(headingFaults('It is.\n\n## Why\n\n```console\n# make\n## Tests\n```\n\n### Objections\n'), []);
  t.match(headingFaults('# Title\n\n## How It Was Verified\n'), [
    /^"# Title" stands where `make pr` writes the title; /,
    /^"How It Was Verified" is a section that `make pr` writes itself; /,
  ]);
  t.equal(proseOf('a\n\n```js\nb\n```\n\n* c\n\n  ```js\n  d\n  ```\n'), 'a\n\n\n\n* c\n\n\n');
});

t.test('descriptions that are not there', async (t) => {
  const carried = { lines: { 'v24.x': { state: 'carried' } } } as const;
  const folder = t.testdir({
    'lines.json': linesJson('v24.x'),
    'proposals.json': JSON.stringify({ proposals: ['one', 'two', 'three'].map((name) => proposal(name, carried)) }),
    'patches': {
      one: { 'description.md': 'It is one.\n', 'message.txt': '' },
      two: { 'message.txt': '' },
      three: { 'description.md': '## Files\n', 'message.txt': '', 'landed.message.txt': '' },
    },
  });
  t.match(descriptionFaults(folder), [
    /^patches\/two\/description\.md is not there: tell a reviewer what two is for/,
    /^patches\/three\/description\.md: "Files" /,
    /^patches\/three\/landed\.description\.md is not there: /,
  ]);
});
