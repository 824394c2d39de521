import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { root } from '../../../core/paths.ts';
import { CASES, casesListing, casesTable, judge } from '../../../downstream/wasi/cases.ts';

const named = (name: string) => CASES.find((each) => each.name === name)!;
const run = (trace: string, fault: string | undefined = '') => ({ fault, end: 'exit', trace } as const);
const verdict = (name: string, trace: string, fault?: string) => judge(named(name), run(trace, fault)).verdict;

const SET = 'setsockopt(33, SOL_TCP, TCP_KEEPINTVL, [62], 4) = 0\n';
const GOT = 'getsockopt(33, SOL_TCP, TCP_KEEPINTVL, [62], [7 => 4]) = 0\n';
const BOUND = 'bind(20, {sa_family=AF_INET, sin_port=htons(0)}, 16) = 0\ngetsockname(20, {sa_family=AF_INET}, [16]) = 0\n';

t.test('what the kernel must have been told and asked', async (t) => {
  t.equal(verdict('keep-alive, interval', SET + GOT), 'pass');
  t.equal(verdict('keep-alive, interval', SET), 'from memory');
  t.equal(verdict('keep-alive, interval', GOT), 'from memory');
  t.equal(verdict('keep-alive, interval', SET.replace('= 0', '= -1 EINVAL') + GOT), 'from memory');
  t.equal(verdict('keep-alive, interval', SET + GOT.replace('[7 => 4]', '[4]')), 'pass');
  t.equal(verdict('TCP bind', BOUND), 'pass');
  t.equal(verdict('TCP bind', `${BOUND}listen(20, 511) = 0\n`), 'from memory', 'it must not listen');
  t.equal(verdict('poll', ''), 'pass', 'no system call tells of it');
});

t.test('cases that do not pass', async (t) => {
  t.equal(verdict('keep-alive, interval', SET + GOT, '"1" is not "2"'), 'fails');
  t.equal(judge(named('poll'), { fault: undefined, end: 'exit', trace: '' }).verdict, 'traps');
  t.equal(judge(named('poll'), { fault: undefined, end: 'hangs', trace: '' }).verdict, 'hangs');
});

t.test('the table and the listing', async (t) => {
  const cases = [named('poll'), named('TCP bind')];
  const hosts = [
    { name: 'theirs', outcomes: [{ verdict: 'hangs', why: 'it did not end' }, { verdict: 'pass', why: '' }] },
    { name: 'ours', outcomes: [{ verdict: 'pass', why: '' }, { verdict: 'pass', why: '' }] },
  ] as const;
  t.same(casesTable(cases, hosts), [
    'a case    theirs  ours',
    'poll       hangs  pass',
    'TCP bind    pass  pass',
  ]);
  t.equal(casesListing(cases, hosts), 'poll, theirs: hangs: it did not end\n');
});

t.test('the component has these cases', async (t) => {
  const guest = readFileSync(path.join(root, 'downstream', 'wasi', 'guest.mjs'), 'utf8');
  t.same([...guest.matchAll(/^ {2}'(.*)'\(\) \{$/gm)].map(([, name]) => name), CASES.map(({ name }) => name));
});
