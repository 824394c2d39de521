import t from 'tap';
import { parseOutcomes, parseTrace, reached } from '../../../downstream/wasm/trace.ts';
import { text } from '../../files.ts';

const NATIVE = text(
  'socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = 3',
  'setsockopt(3, SOL_SOCKET, SO_DEBUG, [1], 4) = 0',
  'write(1, "case TCP, fresh: TCP_NODELAY\\n", 29) = 29',
  'socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3',
  'setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0',
  'getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0',
  'write(1, "set: ok read: ok"..., 40) = 40',
  'getsockopt(3, SOL_SOCKET, SO_TYPE, [1], [4]) = 0',
  'write(1, "case listener, live: SO_LINGER\\n", 31) = 31',
  'socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3',
  'setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=3}, 8) = 0',
  'getsockopt(3, SOL_SOCKET, SO_TYPE, [1], [4]) = 0',
  'write(1, "case TCP, live: an unknown option of IPPROTO_TCP\\n", 49) = 49',
  'setsockopt(3, SOL_TCP, 0x270f /* TCP_??? */, [1], 4) = -1 ENOPROTOOPT (Protocol not available)',
);

const calls = (trace: string, name: string) => parseTrace(trace).get(name) ?? [];

t.test('the calls of each case', async (t) => {
  t.same([...parseTrace(NATIVE).keys()], ['TCP, fresh: TCP_NODELAY', 'listener, live: SO_LINGER', 'TCP, live: an unknown option of IPPROTO_TCP']);
  t.same(calls(NATIVE, 'TCP, fresh: TCP_NODELAY')[0],
         { call: 'setsockopt', fd: 3, option: 'SOL_TCP, TCP_NODELAY', value: '[1], 4', result: 'ok' });
  t.same(calls(NATIVE, 'listener, live: SO_LINGER')[0],
         { call: 'setsockopt', fd: 3, option: 'SOL_SOCKET, SO_LINGER', value: '{l_onoff=1, l_linger=3}, 8', result: 'ok' });
  t.same(calls(NATIVE, 'TCP, live: an unknown option of IPPROTO_TCP').map(({ option, result }) => [option, result]),
         [['SOL_TCP, 0x270f /* TCP_??? */', 'ENOPROTOOPT']]);
  t.same([...parseTrace('socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n')], []);
});

t.test('standard streams are not looked at', async (t) => {
  t.same(calls(text('write(1, "case a\\n", 7) = 7', 'getsockopt(2, SOL_SOCKET, SO_TYPE, [1], [4]) = 0'), 'a'), []);
});

t.test('what reached the kernel', async (t) => {
  const mark = 'write(1, "case a\\n", 7) = 7';
  const set = (fd: number, value = '[1], 4', result = '0') => `setsockopt(${fd}, SOL_TCP, TCP_NODELAY, ${value}) = ${result}`;
  const type = (fd: number) => `getsockopt(${fd}, SOL_SOCKET, SO_TYPE, [1], [4]) = 0`;
  const made = (fd: number) => `socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = ${fd}`;
  const seen = (native: readonly string[], theirs: readonly string[], strict: boolean) =>
    reached(calls(text(mark, ...native), 'a'), calls(text(mark, ...theirs), 'a'), strict);
  const native = [made(3), set(3), type(3)];

  t.ok(seen(native, [made(20), set(20), type(20)], true));
  t.notOk(seen(native, [made(20), type(20)], true), 'never set');
  t.notOk(seen(native, [made(20), set(20, '[0], 4'), type(20)], true), 'another value');
  t.notOk(seen(native, [made(20), set(20, '[1], 4', '-1 EINVAL (Invalid argument)'), type(20)], true), 'another result');
  t.notOk(seen(native, [made(20), set(20), made(21), type(21)], true), 'on a socket beside it');
  t.notOk(seen(native, [made(20), set(20), made(20), type(20)], true), 'on one that had the same number before');
  t.notOk(seen(native, [made(20), set(20)], true), 'on none that is known');
  t.ok(seen(native, [made(20), set(20), made(21), type(21)], false), 'on any, where it does not matter on which');
  t.notOk(seen(native, [], false));
  t.notOk(seen([made(3), set(3), set(3, '[0], 4'), type(3)], [made(20), set(20), type(20)], true), 'not all of them');
});

t.test('what was read from the kernel', async (t) => {
  const mark = 'write(1, "case a\\n", 7) = 7';
  const read = 'getsockopt(3, SOL_TCP, TCP_MAXSEG, [1], [4]) = 0';
  const type = 'getsockopt(3, SOL_SOCKET, SO_TYPE, [1], [4]) = 0';
  const error = 'getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0';
  const native = calls(text(mark, error, read, type), 'a');
  t.ok(reached(native, calls(text(mark, read, type), 'a'), true));
  t.notOk(reached(native, calls(text(mark, type), 'a'), true));
});

t.test('what was printed of each case', async (t) => {
  t.same([...parseOutcomes('case a\nset: ok\ncase b\n')], [['a', 'set: ok']]);
  t.same([...parseOutcomes('case a\ncase b\n read: ok\n')], [['b', ' read: ok']]);
});
