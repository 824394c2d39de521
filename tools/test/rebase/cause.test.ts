import path from 'node:path';
import t from 'tap';
import type { Trace } from '../../rebase/cause.ts';
import { programInPath, setPath } from '../process.ts';

/** What upstream published: the line is gone in 24.3.0, the file in 24.4.0. */
const published: Readonly<Record<string, string | null>> = {
  '24.0.0': 'listen();\n',
  '24.1.0': 'listen();\nlisten();\n',
  '24.2.0': 'listen();\nmore();\nlisten();\n',
  '24.3.0': 'listen();\nmore();\n',
  '24.4.0': null,
  '24.5.0': 'serve();\n',
};

// An output folder that contains these texts, and an npm that lists the releases. The
// tools determine its path when they are loaded.
const dir = t.testdir({
  out: {
    cache: {
      natives: Object.fromEntries(Object.entries(published)
        .map(([version, text]) => [`${version}.json`, JSON.stringify({ 'lib/net.js': text })])),
    },
  },
});
process.env['BINDERY_OUT'] = path.join(dir, 'out');
programInPath(t, path.join(dir, 'bin', 'npm'), `test "$1" = view && echo '${JSON.stringify(Object.keys(published))}'`);
const { causeOf } = await import('../../rebase/cause.ts');
const { newTree } = await import('../../base/tree.ts');
const { baseRecord, commit } = await import('../repository.ts');
const base = { ...baseRecord('c'), version: '24.1.0+dfsg-1' };
const repository = await newTree(path.join(dir, 'repository'));

const ask = (trace: Trace, release = '24.5.0', history?: string) => {
  const onto = { name: 'next', release, record: base, ...history === undefined ? {} : { history } };
  return causeOf(repository, { base, onto, names: [], landed: [], levels: [], commits: [] }, trace, ['lib/net.js']);
};

t.test('the first release that has it otherwise', async (t) => {
  t.equal(await ask({ files: ['lib/net.js'], text: 'listen();' }), 'release v24.3.0', 'a line that went');
  t.equal(await ask({ files: ['lib/net.js'], text: 'more();' }), 'release v24.2.0', 'a line that came');
  t.equal(await ask({ files: ['lib/net.js'], isRemoval: true }), 'release v24.4.0', 'the file');
});

t.test('what no release tells', async (t) => {
  const unknown = 'a change between 24.1.0+dfsg-1 and next';
  t.equal(await ask({ files: ['lib/net.js'], text: 'listen();' }, '24.2.0'), unknown, 'nothing differs up to there');
  t.equal(await ask({ files: ['lib/net.js'], text: 'listen();' }, '24.1.0'), unknown, 'the same release');
  t.equal(await ask({ files: ['lib/net.js'], text: 'listen();' }, '26.0.0'), unknown, 'another major');
  t.equal(await ask({ files: ['src/a.cc'], text: 'listen();' }), unknown, 'C++ is not in official binaries');
  setPath(t, '/nonexistent');
  t.equal(await ask({ files: ['lib/net.js'], text: 'listen();' }), unknown, 'nor without npm');
});

t.test('the commit, where there is a history', async (t) => {
  const first = await commit(repository, undefined, 'first', { 'lib/net.js': 'a();\nb();\n', 'src/a.cc': 'a\n' });
  const second = await commit(repository, first, 'net: drop b()', { 'lib/net.js': 'a();\n' });
  const third = await commit(repository, second, 'net: more', { 'lib/net.js': 'a();\nc();\n' });
  const last = await commit(repository, third, 'src: drop it', { 'src/a.cc': null });
  const said = (trace: Trace) => ask(trace, '24.5.0', `${first}..${last}`);
  const named = (id: string, subject: string) => `commit ${id.slice(0, 7)} ${subject}`;
  t.equal(await said({ files: ['lib/net.js'], text: 'b();' }), named(second, 'net: drop b()'));
  t.equal(await said({ files: ['lib/net.js'], text: 'c();' }), named(third, 'net: more'));
  const unknown = 'a change between 24.1.0+dfsg-1 and next';
  t.equal(await said({ files: ['lib/net.js'], text: 'a();' }), unknown, 'a commit that only touched the file is none');
  t.equal(await said({ files: ['lib/net.js'] }), unknown);
  t.equal(await said({ files: ['src/a.cc'], isRemoval: true }), named(last, 'src: drop it'));
  t.equal(await said({ files: ['src/b.cc'], text: 'x' }), unknown);
});

t.test('a proposal of ours, where both bases have the line alike', async (t) => {
  const texts = (...lines: readonly string[]) => ({ 'lib/net.js': ['a();', ...lines, ''].join('\n') });
  const make = (parent: string | undefined, ...lines: readonly string[]) => commit(repository, parent, 'x', texts(...lines));
  const old = await make(undefined);
  const levels = [old, await make(old, 'one();'), await make(old, 'one();', 'two();', 'a();')];
  const next = await make(old, 'b();');
  const commits = [await make(next, 'b();'), await make(next, 'b();', 'other();', 'a();')];
  const state = {
    base: { ...base, commit: old },
    onto: { name: 'next', release: '24.5.0', record: { ...base, commit: next }, history: `${old}..${next}` },
    names: ['one', 'two', 'three'],
    landed: ['one'],
    levels,
    commits,
  };
  const said = (text: string, change: object = {}) =>
    causeOf(repository, { ...state, ...change }, { files: ['lib/net.js', 'lib/net.js'], text }, []);
  t.equal(await said('one();'), 'one, which has landed');
  t.equal(await said('two();'), 'two as it was resolved');
  t.equal(await said('other();'), 'two as it was resolved', 'or where it came');
  t.equal(await said('b();'), `commit ${next.slice(0, 7)} x`, 'what the bases have otherwise is upstream\'s');
  t.equal(await said('a();'), 'a change between 24.1.0+dfsg-1 and next', 'what the proposals have alike is nobody\'s');
});
