import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { UserError } from '../../core/errors.ts';
import { chooseLine, type Line, loadLines, nextOf } from '../../core/lines.ts';
import { root } from '../../core/paths.ts';
import { load, projectVersion } from '../../core/project.ts';
import { filesOf, landingOf, loadProposals, proposalsOn, stateOn, withNeeds } from '../../core/proposals.ts';
import { line } from '../project.ts';

type Json = Record<string, unknown>;

const { base } = line;
const lines = { default: 'v24.x', lines: { 'v24.x': { base }, 'main': { base: { ...base, major: 26 } } } };
const proposal = {
  name: 'first',
  title: 'The first',
  topic: 'a topic',
  reason: 'a feature',
  mayGo: 'when upstream has it',
  upstream: ['https://github.com/nodejs/node/pull/1'],
  owns: ['lib/internal/first.js'],
  docs: ['doc-api/first.net.md'],
  lines: {
    'v24.x': { state: 'carried' },
    'main': { state: 'landed', releases: ['v26.4.0'] },
  },
};
const second = { ...proposal, name: 'second', owns: ['src/second.cc'], docs: [] };

/** The error line of a loader for a file with that text. */
function failure(t: Test, name: string, text: string): string {
  const folder: string = t.testdir({ 'lines.json': JSON.stringify(lines), [name]: text });
  try {
    if (name === 'lines.json') loadLines(folder);
    else loadProposals(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    t.notMatch(error.line, '\n', 'one line');
    t.ok(error.line.includes(`${name}: `), `names the file: ${error.line}`);
    return error.line.slice(error.line.indexOf(`${name}: `) + name.length + 2);
  }
  t.fail('it loaded');
  return '';
}

const withLine = (change: Json) => ({ ...lines, lines: { 'v24.x': { base: { ...base, ...change } } } });
const withProposal = (change: Json) => ({ proposals: [{ ...proposal, ...change }] });
const withState = (state: unknown) => withProposal({ lines: { 'v24.x': state } });
const TODO = '; correct the file and run again';

t.test('good files load', async (t) => {
  const folder = t.testdir({
    'lines.json': JSON.stringify(lines),
    'proposals.json': JSON.stringify({ proposals: [proposal, second] }),
  });
  const loaded = loadLines(folder);
  t.equal(loaded.default, 'v24.x');
  t.same([...loaded.lines], [
    ['v24.x', { name: 'v24.x', base }],
    ['main', { name: 'main', base: { ...base, major: 26 } }],
  ]);
  t.same(loadProposals(folder), [proposal, second], 'in the order of the file');
});

for (const [what, value, expected] of [
  ['no default', { lines: lines.lines }, 'default: expected it to be there'],
  ['an unknown default', { ...lines, default: 'v22.x' }, 'default: expected one of v24.x, main'],
  ['a default that is no text', { ...lines, default: 24 }, 'default: expected string'],
  ['no lines', { ...lines, lines: {} }, 'lines: expected that it must NOT have fewer than 1 '],
  ['an unknown key', { ...lines, comment: 'x' }, 'comment: expected no such key (is it misspelt?)'],
  ['a misspelt line', { ...lines, lines: { ...lines.lines, '24.x': { base } } }, 'lines["24.x"]: expected no such key'],
  ['a line without a base', { ...lines, lines: { main: {} } }, 'lines.main.base: expected it to be there'],
  ['a missing key', withLine({ suite: undefined }), 'lines["v24.x"].base.suite: expected it to be there'],
  ['a misspelt key', withLine({ sauce: 'x' }), 'lines["v24.x"].base.sauce: expected no such key'],
  ['a suite that is no name', withLine({ suite: 'Forky!' }),
   'lines["v24.x"].base.suite: expected text that matches ^[a-z][a-z-]*$'],
  ['a major that is text', withLine({ major: '24' }), 'lines["v24.x"].base.major: expected integer'],
  ['a major too old', withLine({ major: 16 }), 'lines["v24.x"].base.major: expected that it must be >= 18'],
  ['a list', [], 'the whole file: expected object'],
] as const) {
  t.test(`lines.json with ${what}`, async (t) => {
    const line = failure(t, 'lines.json', JSON.stringify(value));
    t.ok(line.startsWith(expected), line);
    t.ok(line.endsWith(TODO), line);
  });
}

for (const [what, value, expected] of [
  ['no proposals', { proposals: [] }, 'proposals: expected that it must NOT have fewer than 1 '],
  ['a missing key', withProposal({ title: undefined }), 'proposals[0].title: expected it to be there'],
  ['an unknown key', withProposal({ state: 'x' }), 'proposals[0].state: expected no such key (is it misspelt?)'],
  ['a wrong type', withProposal({ owns: 'lib/x.js' }), 'proposals[0].owns: expected array'],
  ['a budget that is no count', withProposal({ budget: 1.5 }), 'proposals[0].budget: expected integer'],
  ['a budget below zero', withProposal({ budget: -1 }), 'proposals[0].budget: expected that it must be >= 0'],
  ['an empty title', withProposal({ title: '' }), 'proposals[0].title: expected that it '],
  ['no reason for it', withProposal({ reason: undefined }), 'proposals[0].reason: expected it to be there'],
  ['no end of it', withProposal({ mayGo: '' }), 'proposals[0].mayGo: expected that it '],
  ['half of what landed', withProposal({ landed: { reason: 'x' } }), 'proposals[0].landed.mayGo: expected it to be there'],
  ['a bad name', withProposal({ name: 'Of a proposal' }), 'proposals[0].name: expected text that matches '],
  ['a bad link', withProposal({ upstream: ['https://github.com/nodejs/node'] }),
   'proposals[0].upstream[0]: expected text that matches '],
  ['a file of another folder', withProposal({ owns: ['lib/a.js', 'deps/a.c'] }),
   'proposals[0].owns[1]: expected text that matches '],
  ['a manual elsewhere', withProposal({ docs: ['doc/api/net.md'] }), 'proposals[0].docs[0]: expected text that matches '],
  ['a file twice in one list', withProposal({ owns: ['lib/a.js', 'lib/a.js'] }),
   'proposals[0].owns: expected that it must NOT have duplicate items'],
  ['no state anywhere', withProposal({ lines: {} }), 'proposals[0].lines: expected that it must NOT have fewer than 1 '],
  ['a state that is text', withState('carried'), 'proposals[0].lines["v24.x"]: expected object'],
  ['no state', withState({}), 'proposals[0].lines["v24.x"].state: expected it to be there'],
  ['landed without releases', withState({ state: 'landed' }),
   'proposals[0].lines["v24.x"].releases: expected it to be there'],
  ['landed in no release', withState({ state: 'landed', releases: [] }),
   'proposals[0].lines["v24.x"].releases: expected that it must NOT have fewer than 1 '],
  ['landed in what is no release', withState({ state: 'landed', releases: ['26.4.0'] }),
   'proposals[0].lines["v24.x"].releases[0]: expected text that matches '],
  ['carried for a reason', withState({ state: 'carried', reason: 'x' }),
   'proposals[0].lines["v24.x"].reason: expected no such key'],
  ['a misspelt state', withState({ state: 'caried' }),
   'proposals[0].lines["v24.x"].state: expected "carried", "landed", "included" or "not applicable"'],
  ['a next state that is none', withState({ state: 'carried', next: { state: 'landed' } }),
   'proposals[0].lines["v24.x"].next.releases: expected it to be there'],
  ['a next state of a next state', withState({ state: 'carried', next: { state: 'carried', next: { state: 'carried' } } }),
   'proposals[0].lines["v24.x"].next: expected that it must NOT be valid'],
  ['a line that is not tracked', withProposal({ lines: { 'v9.x': { state: 'carried' } } }),
   'proposals[0].lines: expected names of lines.json, not v9.x'],
  ['no reason', withState({ state: 'not applicable' }),
   'proposals[0].lines["v24.x"].reason: expected it to be there'],
  ['a need that comes later', { proposals: [{ ...proposal, needs: ['second'] }, second] },
   'proposals[0]: expected first to name earlier proposals alone, not second'],
  ['a need of itself', withProposal({ needs: ['first'] }),
   'proposals[0]: expected first to name earlier proposals alone, not first'],
  ['included in what comes later', withState({ state: 'included', in: 'second' }),
   'proposals[0]: expected first to name earlier proposals alone, not second'],
  ['included in nothing', withState({ state: 'included' }), 'proposals[0].lines["v24.x"].in: expected it to be there'],
  ['the name of another', { proposals: [proposal, { ...second, name: 'first' }] },
   'proposals[1]: expected first only once (first has it)'],
  ['a file of another', { proposals: [proposal, { ...second, owns: proposal.owns }] },
   'proposals[1]: expected lib/internal/first.js only once (first has it)'],
  ['a section of another', { proposals: [proposal, { ...second, docs: proposal.docs }] },
   'proposals[1]: expected doc-api/first.net.md only once (first has it)'],
] as const) {
  t.test(`proposals.json with ${what}`, async (t) => {
    const line = failure(t, 'proposals.json', JSON.stringify(value));
    t.ok(line.startsWith(expected), line);
    t.ok(line.endsWith(TODO), line);
  });
}

t.test('a line whose next release has other states', async (t) => {
  const since = { release: 'v24.3.0', why: 'x' };
  const next = { state: 'landed', releases: ['v24.3.0'], owns: ['test-parallel/test-next.js'] };
  const changing = { ...proposal, lines: { ...proposal.lines, 'v24.x': { state: 'carried', owns: ['lib/own.js'], next } } };
  const write = (line: Json) => t.testdir({
    'lines.json': JSON.stringify({ ...lines, lines: { ...lines.lines, 'v24.x': { base, ...line } } }),
    'proposals.json': JSON.stringify({ proposals: [changing, second] }),
  });
  const folder = write({ next: { release: 'v24.4.0', since } });
  const line = loadLines(folder).lines.get('v24.x')!;
  const on = (line: Line) => proposalsOn(line, folder)
    .map(({ proposal: { name }, state, owns }) => [name, state, ...owns]);
  t.same(on(line), [
    ['first', 'carried', 'lib/internal/first.js', 'lib/own.js'],
    ['second', 'carried', 'src/second.cc'],
  ]);
  const then = nextOf(line);
  t.same(on(then), [['first', 'landed', 'test-parallel/test-next.js'], ['second', 'carried', 'src/second.cc']]);
  t.same(then, { ...line, since, isNext: true });
  t.same(nextOf({ ...line, since, next: { release: 'v24.4.0' } }).since, since, 'it is the line\'s where none is named');
  const [first] = loadProposals(folder);
  t.same(stateOn(first!, then), next);
  t.equal(landingOf(proposalsOn(then, folder)[0]!, then), '24.3.0');
  t.ok(filesOf(first!).has('lib/own.js') && filesOf(first!).has('test-parallel/test-next.js'));
  t.throws(() => loadProposals(write({})), {
    message: /proposals\[0\]\.lines\["v24\.x"\]\.next: expected lines\.json to name the release$/,
  });
});

t.test('what proposals need, and are included in', async (t) => {
  const state = (value: Json) => ({ 'v24.x': value, 'main': { state: 'carried' } });
  const carried = { state: 'carried' };
  const test = 'test-parallel/test-second.js';
  const folder = t.testdir({
    'lines.json': JSON.stringify(lines),
    'proposals.json': JSON.stringify({ proposals: [
      { ...proposal, lines: state({ state: 'landed', releases: ['v24.1.0'] }) },
      { ...second, needs: ['first'], owns: [test], lines: state({ state: 'included', in: 'first' }) },
      { ...second, name: 'third', lines: state(carried), owns: ['src/third.cc'] },
      { ...second, name: 'fourth', needs: ['second'], lines: state(carried), owns: ['src/fourth.cc'] },
    ] }),
  });
  const { lines: known } = loadLines(folder);
  const named = (line: string, name: string) => withNeeds(known.get(line)!, name, folder)
    .map((placed) => placed.proposal.name);
  t.same(named('main', 'fourth'), ['first', 'second', 'fourth']);
  t.same(named('v24.x', 'fourth'), ['first', 'fourth'], 'what includes it is needed in its place');
  t.same(named('main', 'third'), ['third']);
  t.throws(() => named('v24.x', 'second'), { message: /^v24\.x has no proposal second$/ });
  t.same(proposalsOn(known.get('v24.x')!, folder)[0]!.owns, [test]);
});

t.test('a file that is broken or missing', async (t) => {
  t.match(failure(t, 'lines.json', '{ "default": '), /JSON/);
  t.match(failure(t, 'proposals.json', '{\n  "proposals": [,]\n}\n'), /JSON/);
  const file = path.join(t.testdir({}), 'lines.json');
  t.throws(() => load<unknown>(file, 'lines.schema.json'), { name: 'UserError', message: /lines\.json: ENOENT/ });
});

t.test('a line is chosen by name', async (t) => {
  const known = loadLines();
  t.equal(chooseLine(undefined).name, known.default);
  t.equal(chooseLine('').name, known.default);
  for (const name of known.lines.keys()) t.equal(chooseLine(name).name, name);
  t.throws(() => chooseLine('v0.x'), {
    message: 'there is no line v0.x',
    remedy: `use LINE=${[...known.lines.keys()].join(' or LINE=')}`,
  });
});

t.test('the version is package.json\'s', async (t) => {
  t.match(projectVersion(), /^\d+\.\d+\.\d+/);
});

/** The files in a folder of the project; none if it does not exist. */
function below(folder: string): readonly string[] {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(folder, file))
    .filter((file) => statSync(path.join(root, file)).isFile())
    .sort();
}

t.test('the project\'s own files', async (t) => {
  const known = loadLines();
  const proposals = loadProposals();

  t.test('what is owned is there', async (t) => {
    for (const proposal of proposals) {
      for (const file of filesOf(proposal)) t.ok(existsSync(path.join(root, file)), file);
    }
  });

  t.test('what is there is owned', async (t) => {
    // The guide is a separate page and is not spliced into another one.
    const owned = new Set(['doc-api/guide.md', ...proposals.flatMap((proposal) => [...filesOf(proposal)])]);
    for (const folder of ['lib', 'src', 'test-parallel', 'benchmark', 'doc-api']) {
      for (const file of below(folder)) t.ok(owned.has(file), `${file} is in proposals.json`);
    }
  });

  t.test('a proposal\'s lines are lines', async (t) => {
    for (const { name, lines } of proposals) {
      for (const line of Object.keys(lines)) t.ok(known.lines.has(line), `${name}: ${line}`);
    }
  });

  t.test('every proposal says why, and every patch is used', async (t) => {
    const expected = new Set<string>();
    for (const { name, landed, lines } of proposals) {
      for (const text of ['message.txt', 'description.md']) {
        const file = path.join('patches', name, text);
        t.ok(existsSync(path.join(root, file)), file);
        expected.add(file);
        if (landed !== undefined) expected.add(path.join('patches', name, `landed.${text}`));
      }
      for (const [line, { state }] of Object.entries(lines)) {
        if (known.lines.get(line)!.next !== undefined) expected.add(path.join('patches', name, `${line}-next.patch`));
        if (state === 'not applicable') continue;
        expected.add(path.join('patches', name, `${line}.patch`));
      }
    }
    for (const file of below('patches')) t.ok(expected.has(file), `${file} is used`);
  });

  t.test('a patch only changes files of upstream\'s', async (t) => {
    for (const file of below('patches').filter((file) => file.endsWith('.patch'))) {
      const text = readFileSync(path.join(root, file), 'utf8');
      t.match(text, /^diff --git /, file);
      t.notMatch(text, /^(new file|deleted file|rename|copy|GIT binary)/m, file);
    }
  });
});
