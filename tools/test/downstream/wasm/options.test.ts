import t from 'tap';
import { judge, optionListing, type OptionRun, optionTable } from '../../../downstream/wasm/options.ts';
import { parseTrace } from '../../../downstream/wasm/trace.ts';

/** A run with cases, each with its output and whether the kernel was involved. */
function runOf(cases: Readonly<Record<string, readonly [printed: string, inKernel: boolean]>>): OptionRun {
  const trace = Object.entries(cases).map(([name, [printed, inKernel]]) => [
    `write(1, "case ${name}\\n", 9) = 9`,
    ...inKernel ? [`setsockopt(3, SOL_TCP, TCP_CORK, [1], 4) = ${printed.startsWith('set: ok') ? '0' : '-1 EINVAL'}`] : [],
    'getsockopt(3, SOL_SOCKET, SO_TYPE, [1], [4]) = 0',
  ].join('\n')).join('\n');
  return {
    outcomes: new Map(Object.entries(cases).map(([name, [printed]]) => [name, printed])),
    calls: parseTrace(trace),
  };
}

const OK = 'set: ok read: ok, 4 bytes: 01000000';
const fates = (native: string, plain: string, inKernel: boolean) =>
  judge(runOf({ a: [native, true] }), runOf({ a: [plain, inKernel] }), runOf({ a: [native, true] }))[0]!.fate;

t.test('what becomes of an option in plain Emscripten', async (t) => {
  t.equal(fates(OK, OK, true), 'as in C');
  t.equal(fates(OK, OK, false), 'remembered, the kernel does not know');
  t.equal(fates(OK, 'set: ok read: ok, 4 bytes: 02000000', true), 'set, and read otherwise');
  t.equal(fates(OK, 'set: ok read: ENOPROTOOPT', false), 'accepted, nothing is set');
  t.equal(fates('set: ok read: ENOPROTOOPT', 'set: ok read: ENOPROTOOPT', false), 'accepted, nothing is set');
  t.equal(fates('set: EINVAL read: ok', OK, false), 'accepted, where C is refused');
  t.equal(fates('set: EINVAL read: ok', 'set: EINVAL read: ok', false), 'as in C');
  t.equal(fates(' read: ok, 4 bytes: 01000000', ' read: ENOPROTOOPT', false), 'refused, or made up');
});

t.test('what our library has to do', async (t) => {
  const verdict = (name: string, native: string, ours: string, inKernel: boolean) =>
    judge(runOf({ [name]: [native, true] }), runOf({}), runOf({ [name]: [ours, inKernel] }))[0]!.verdict;
  t.equal(verdict('a', OK, OK, true), 'as in C');
  t.equal(verdict('a', OK, OK, false), 'FAILED', 'remembered');
  t.equal(verdict('a', OK, 'set: ok read: ok, 4 bytes: 02000000', true), 'FAILED', 'another value');
  t.equal(verdict('a', 'set: EINVAL read: ok', 'set: EINVAL read: ok', false), 'as in C', 'refused without asking');
  t.equal(verdict('a', 'set: EINVAL read: ok', 'set: EPERM read: ok', false), 'FAILED', 'another error');
  t.equal(verdict('UDP, live: IP_RECVERR', OK, 'set: EOPNOTSUPP read: ok', false), 'refused');
  t.equal(verdict('UDP, live: IP_RECVERR', OK, 'set: ok read: ok', false), 'FAILED', 'no longer refused');
  t.equal(verdict('TCP, live: IP_RECVERR', OK, 'set: EOPNOTSUPP read: ok', false), 'FAILED', 'refused elsewhere');
  t.equal(judge(runOf({ a: [OK, true] }), runOf({}), runOf({}))[0]!.verdict, 'FAILED', 'it did not come to it');
});

t.test('the table and the listing', async (t) => {
  const native = runOf({ 'a': [OK, true], 'b': [OK, true], 'UDP, live: IP_RECVERR': [OK, true] });
  const plain = runOf({ 'a': [OK, true], 'b': [OK, false], 'UDP, live: IP_RECVERR': [OK, false] });
  const ours = runOf({ 'a': [OK, true], 'b': ['set: ok read: EIO', false], 'UDP, live: IP_RECVERR': ['set: EOPNOTSUPP read: ok', false] });
  const verdicts = judge(native, plain, ours);
  t.same(optionTable(verdicts, '24.21.0', 'v24.x'), [
    'an option, plain Emscripten on official v24.21.0  cases  as in C with our library, v24.x',
    'as in C                                               1                                1',
    'remembered, the kernel does not know                  2                                0',
    'in all                                                3                                1',
    'refused in 1: IP_RECVERR on UDP: libuv cannot serve a datagram socket that has an error queue',
  ]);
  t.equal(optionListing(verdicts).split('\n').length, 12);
  t.match(optionListing(verdicts), 'b\n' +
    `  C                ${OK}\n` +
    `  plain Emscripten ${OK}: remembered, the kernel does not know\n` +
    '  our library      set: ok read: EIO: FAILED\n');
});
