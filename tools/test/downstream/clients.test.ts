import t from 'tap';
import { clientsTable, fateOf, guideTable, hasWay, type Library } from '../../downstream/clients.ts';
import { text } from '../files.ts';

const SOCKET = 'socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 23';
const OPTION = 'setsockopt(23, SOL_TCP, TCP_USER_TIMEOUT, [4321], 4) = 0';
const CONNECT = 'connect(23, {sa_family=AF_INET, sin_port=htons(80)}, 16) = -1 EINPROGRESS (Operation now in progress)';
const BIND = 'bind(23, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.9")}, 16) = 0';
const LISTEN = 'listen(23, 511) = 0';

t.test('what became of an option', async (t) => {
  const fate = (...lines: readonly string[]) => fateOf(text(...lines), 'clients', 'socketOptions', false);
  t.equal(fate(SOCKET, OPTION, CONNECT), 'yes');
  t.equal(fate(SOCKET, CONNECT, OPTION), 'late');
  t.equal(fate(SOCKET, CONNECT), 'dropped');
  t.equal(fate(SOCKET, OPTION), 'dropped', 'nothing was connected');
  t.equal(fate(SOCKET, OPTION.replace('= 0', '= -1 EINVAL'), CONNECT), 'dropped');
  t.equal(fate(SOCKET, OPTION.replace('23', '24'), CONNECT), 'dropped', 'on another socket');
  t.equal(fate(SOCKET, CONNECT, SOCKET, OPTION), 'dropped', 'on a later socket with the same number');
  t.equal(fate(SOCKET, OPTION, LISTEN, SOCKET, OPTION, CONNECT), 'yes', 'a server has it as well');
  t.equal(fateOf(text(SOCKET, CONNECT), 'clients', 'socketOptions', true), 'throws');
});

t.test('what became of a bound socket', async (t) => {
  t.equal(fateOf(text(SOCKET, BIND, CONNECT), 'clients', 'handle', false), 'yes');
  t.equal(fateOf(text(SOCKET, CONNECT), 'clients', 'handle', false), 'dropped');
  t.equal(fateOf(text(SOCKET, BIND, LISTEN), 'servers', 'handle', false), 'yes');
  t.equal(fateOf(text(SOCKET, BIND, CONNECT), 'servers', 'handle', false), 'dropped');
});

const library: Library = {
  name: 'x 1.0.0', text: '`stream`', options: 'throws', handle: 'dropped', wayOptions: 'yes', wayHandle: 'yes', channel: 'yes',
};

t.test('the tables', async (t) => {
  t.same(clientsTable([library]), [
    'a library  socketOptions   handle  otherwise  with handle  by a channel',
    'x 1.0.0           throws  dropped        yes          yes           yes',
  ]);
  t.match(guideTable([library]), '| x 1.0.0 | throws          | dropped  | yes     | `stream`, and the same with `handle` |');
  t.match(guideTable([{ ...library, wayHandle: '-' }]), '| yes     | `stream`  |');
  t.match(guideTable([{ ...library, wayOptions: 'dropped' }]), '| yes     |           |');
});

t.test('whether there is a way', async (t) => {
  t.ok(hasWay(library));
  t.ok(hasWay({ ...library, wayOptions: '-' }));
  t.notOk(hasWay({ ...library, wayOptions: 'late', channel: 'dropped' }));
});
