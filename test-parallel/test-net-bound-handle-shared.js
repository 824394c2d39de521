// Flags: --expose-internals
'use strict';

// With `shared`, bound sockets of the same address share one system socket,
// which is closed along with the last of them.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const os = require('os');
const { once } = require('events');
const { internalBinding } = require('internal/test/binding');

const { countGroups } = internalBinding('tcp_wrap').socketSharing;
const share = (options) =>
  new net.BoundSocket({ host: '127.0.0.1', shared: true, ...options });
const bindAlone = ({ address: host, port }) =>
  new net.BoundSocket({ host, port, exclusive: true }).close();
const taken = { code: 'EADDRINUSE', syscall: 'bind' };
const count = () => common.isLinux && fs.readdirSync('/proc/self/fd').length;

// When the first handle is created, libuv opens a descriptor of its own.
new net.BoundSocket().close();

// References are counted in any order, with clones, and when closed twice.
{
  const before = count();
  for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]) {
    const first = share();
    const local = first.address();
    const all = [first, share(local), first.clone(), share(local)];
    assert.strictEqual(countGroups(), 1);
    for (const each of all)
      assert.deepStrictEqual(each.address(), local);
    if (common.isLinux) {
      const links = all.map((each) => fs.readlinkSync(`/proc/self/fd/${each.fd()}`));
      assert.strictEqual(new Set(links).size, 1);
    }
    for (const index of order) {
      assert.throws(() => bindAlone(local), taken);
      all[index].close();
      assert.throws(() => all[index].close(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
    }
    assert.strictEqual(countGroups(), 0);
    bindAlone(local);
  }
  assert.strictEqual(count(), before);
}

// Port 0 is not an address: each one gets its own system socket.
{
  const one = share();
  const two = share({ port: 0 });
  assert.notStrictEqual(one.address().port, two.address().port);
  assert.strictEqual(countGroups(), 2);
  one.close();
  two.close();
  assert.strictEqual(countGroups(), 0);
}

// Sockets that are not shared and other addresses are unaffected.
{
  const alone = new net.BoundSocket({ host: '127.0.0.1', exclusive: true });
  assert.throws(() => share({ port: alone.address().port }), taken);
  alone.close();
  assert.strictEqual(countGroups(), 0);
  if (common.isLinux) {
    const one = share({ exclusive: true });
    const { port } = one.address();
    const two = share({ host: '127.0.0.2', port });
    assert.strictEqual(countGroups(), 2);
    two.close();
    one.close();
  }
}

// An exclusive one is shared with those that have the same terms, and with
// nobody else.
{
  const one = share({ exclusive: true });
  const { port } = one.address();
  const two = share({ exclusive: true, port });
  one.close();
  assert.throws(() => new net.BoundSocket({ host: '127.0.0.1', port }), taken);
  two.close();
}

// Different terms.
{
  const differ = (name) => ({
    code: 'ERR_INVALID_ARG_VALUE', message: new RegExp(`options\\.${name}`),
  });
  const one = share();
  const { port } = one.address();
  const before = count();
  assert.throws(() => share({ port, exclusive: true }), differ('exclusive'));
  if (common.isLinux)
    assert.throws(() => share({ port, shared: 'reuseport' }), differ('shared'));
  assert.strictEqual(count(), before);
  one.close();
  assert.strictEqual(countGroups(), 0);
  if (common.hasIPv6) {
    const six = share({ host: '::', ipv6Only: true });
    const { port } = six.address();
    assert.throws(() => share({ host: '::', port }), differ('ipv6Only'));
    const both = share({ host: '::' });
    const { IPPROTO_IPV6, IPV6_V6ONLY } = net.constants;
    assert.strictEqual(six.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), 1);
    assert.strictEqual(both.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), common.isOpenBSD ? 1 : 0);
    both.close();
    six.close();
    // This address is for IPv6 only anyway, but the terms are those asked for.
    const local = share({ host: '::1', ipv6Only: true });
    const again = { host: '::1', port: local.address().port };
    assert.throws(() => share(again), differ('ipv6Only'));
    share({ ...again, ipv6Only: true }).close();
    local.close();
    // The option has no effect on IPv4 addresses.
    const four = share({ ipv6Only: true });
    share({ port: four.address().port }).close();
    four.close();
  }
}

// A scope identifies an address only if that is an interface's own.
if (common.hasIPv6 && common.isLinux) {
  const link = (bound) => fs.readlinkSync(`/proc/self/fd/${bound.fd()}`);
  for (const [first, second] of [['::1%lo', '::1%lo'], ['::1', '::1%lo'], ['::1%lo', '::1']]) {
    const one = share({ host: first });
    const two = share({ host: second, port: one.address().port });
    assert.strictEqual(link(one), link(two), `${first} ${second}`);
    one.close();
    two.close();
    assert.strictEqual(countGroups(), 0);
  }
  // This needs two interfaces, which may have the same address.
  const hosts = Object.entries(os.networkInterfaces()).flatMap(([name, list]) => list
    .filter(({ address }) => address.startsWith('fe80:')).map(({ address }) => `${address}%${name}`));
  if (hosts.length > 1) {
    const one = share({ host: hosts[0] });
    const two = share({ host: hosts[1], port: one.address().port });
    assert.notStrictEqual(link(one), link(two));
    one.close();
    two.close();
  }
}

// Each has its own system socket in the same group.
if (common.isLinux) {
  const { SOL_SOCKET, SO_REUSEPORT } = net.constants;
  const one = share({ shared: 'reuseport' });
  const { port } = one.address();
  const two = share({ shared: 'reuseport', port });
  const link = (bound) => fs.readlinkSync(`/proc/self/fd/${bound.fd()}`);
  assert.notStrictEqual(link(one), link(two));
  for (const each of [one, two])
    assert.strictEqual(each.getsockopt(SOL_SOCKET, SO_REUSEPORT), 1);
  assert.throws(() => share({ port }), {
    code: 'ERR_INVALID_ARG_VALUE', message: /options\.shared/,
  });
  one.close();
  assert.throws(() => bindAlone({ address: '127.0.0.1', port }), taken);
  two.close();
  assert.strictEqual(countGroups(), 0);
} else if (!common.isFreeBSD) {
  assert.throws(() => share({ shared: 'reuseport' }), { code: 'ENOTSUP' });
}

for (const shared of ['yes', 1, {}, 'reusePort'])
  assert.throws(() => share({ shared }), { code: 'ERR_INVALID_ARG_VALUE' });
for (const options of [{ reusePort: true }, { host: undefined, path: 'never' }])
  assert.throws(() => share(options), { code: 'ERR_INVALID_ARG_VALUE' });
share({ shared: false }).close();
assert.throws(() => share({ host: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' });
assert.strictEqual(countGroups(), 0);

// When one of several servers that have their own sockets closes, the system
// sends it no more connections.
async function balanced() {
  const serve = async (port) => {
    const server = net.createServer((connection) => connection.end());
    server.listen(share({ shared: 'reuseport', port }));
    await once(server, 'listening');
    return server;
  };
  const first = await serve(0);
  const { port } = first.address();
  const second = await serve(port);
  await once(first.close(), 'close');
  assert.strictEqual(countGroups(), 1);
  await Promise.all(Array.from({ length: 20 }, () => once(net.connect(port, '127.0.0.1').resume(), 'close')));
  await once(second.close(), 'close');
  assert.strictEqual(countGroups(), 0);
}

// Adopted by a server, by a client, and by a socket that is destroyed
// immediately.
(async () => {
  if (common.isLinux)
    await balanced();
  const before = count();
  const first = share();
  const local = first.address();
  const server = net.createServer((connection) => connection.end('hello'));
  server.listen(first);
  await once(server, 'listening');
  const second = share(local);
  await once(server.close(), 'close');
  assert.strictEqual(countGroups(), 1);
  const again = net.createServer((connection) => {
    connection.on('error', () => {}).end('again');
  });
  again.listen(second);
  await once(again, 'listening');
  const socket = net.connect(local.port, local.address);
  const [text] = await once(socket.setEncoding('utf8'), 'data');
  assert.strictEqual(text, 'again');
  await once(socket, 'close');

  // Connect from a shared address to that server. It cannot be shared anymore.
  const from = share();
  const rest = from.address();
  const client = net.connect({ handle: from, port: local.port, host: local.address });
  await once(client, 'connect');
  assert.throws(() => share(rest), { code: 'EISCONN' });
  client.resetAndDestroy();
  await once(client, 'close');
  assert.strictEqual(countGroups(), 1);
  const unused = new net.Socket({ handle: share() });
  assert.strictEqual(countGroups(), 2);
  unused.destroy();
  await once(unused, 'close');
  await once(again.close(), 'close');
  assert.strictEqual(countGroups(), 0);
  await new Promise(setImmediate);
  assert.ok(count() <= before + 1);
})().then(common.mustCall());
