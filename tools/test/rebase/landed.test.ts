import t from 'tap';
import { newTree } from '../../base/tree.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import type { Proposal } from '../../core/proposals.ts';
import { hasLanded, recordLanded, recordTaken, withValue } from '../../rebase/landed.ts';
import { conflictsIn } from '../../rebase/merge.ts';
import { line } from '../project.ts';
import { commit } from '../repository.ts';
import { ours } from './project.ts';

t.test('a value of a JSON text is replaced in place', async (t) => {
  const before = '{\n  "a": { "b": [1, 2], "c": "x" },\n  "d": 1\n}\n';
  t.equal(withValue(before, '/a/b', []), before.replace('[1, 2]', '[]'));
  t.equal(withValue(before, '/a/c', { e: ['y'] }), before.replace('"x"', '{ "e": ["y"] }'));
  t.equal(withValue(before, '/a', { b: 1, c: 2 }), '{\n  "a": {\n    "b": 1,\n    "c": 2\n  },\n  "d": 1\n}\n');
  const long = ['doc-api/a-rather-long-name.net.md', 'doc-api/another-long-name.net.md'];
  t.equal(withValue(before, '/d', long), before.replace('"d": 1', `"d": [\n    "${long[0]}",\n    "${long[1]}"\n  ]`));
});

t.test('a landing is recorded once, and what nobody names is told', async (t) => {
  const { text, left } = recordLanded(ours['proposals.json']!, 'one', line, '24.22.0');
  t.same(left, ['src/one.cc', 'doc-api/one-24.net.md']);
  const other: Line = { ...line, name: 'v20.x' };
  const both = recordLanded(text, 'one', other, '20.30.0');
  t.same(both.left, ['doc-api/one.net.md'], 'the last line takes the sections along');
  const [one] = (JSON.parse(both.text) as { proposals: readonly Proposal[] }).proposals;
  t.same(one!.lines['v20.x'], { state: 'landed', releases: ['v20.30.0'] });
  t.same(one!.docs, []);
});

t.test('a test is left to upstream by one line', async (t) => {
  const landed = recordLanded(ours['proposals.json']!, 'one', line, '24.22.0').text;
  const shared = recordTaken(landed, 'test-parallel/test-one.js', line);
  t.same(shared.left, [], 'another line has it');
  const of = (text: string) => (JSON.parse(text) as { proposals: readonly Proposal[] }).proposals[0]!;
  t.same(of(shared.text).owns, ['lib/internal/one.js']);
  t.same(of(shared.text).lines['v20.x'], { state: 'carried', docs: ['doc-api/one.net.md'], owns: ['test-parallel/test-one.js'] });
  const own = recordTaken(shared.text, 'test-parallel/test-one-24.js', line);
  t.same(own.left, ['test-parallel/test-one-24.js'], 'no line has it');
  t.same(of(own.text).lines['v24.x'], { state: 'landed', releases: ['v24.22.0'] });
  t.same(of(own.text).lines['v20.x'], of(shared.text).lines['v20.x']);
});

t.test('a probe reads one line', async (t) => {
  const repository = await newTree(t.testdir({}));
  const tree = await commit(repository, undefined, 'x', { 'lib/net.js': 'a\nclass B {\n' });
  const of = (probe?: Proposal['probe']) => hasLanded(repository, tree, { name: 'one', probe } as Proposal);
  t.equal(await of({ file: 'lib/net.js', line: '^class B\\b' }), true);
  t.equal(await of({ file: 'lib/net.js', line: '^class \\w$' }), false);
  t.equal(await of({ file: 'lib/gone.js', line: '.' }), false);
  t.equal(await of(), undefined, 'nothing tells');
  await t.rejects(of({ file: 'lib/net.js', line: '(' }), new UserError(
    'proposals.json: the probe of one: Invalid regular expression: /(/: Unterminated group', 'correct it and run again'));
});

t.test('conflicts are read as git marks them', async (t) => {
  const text = ['a', '=======', '<<<<<<< x', 'o', '||||||| y', 'b', '=======', 't', '>>>>>>> z', 'c',
                '<<<<<<< x', '||||||| y', '=======', 'u', '>>>>>>> z', ''].join('\n');
  t.same(conflictsIn(text), [
    { line: 3, ours: ['o'], base: ['b'], theirs: ['t'] },
    { line: 11, ours: [], base: [], theirs: ['u'] },
  ]);
  t.same(conflictsIn('=======\n>>>>>>> z\n'), []);
});
