'use strict';

// While an exclusive bound socket has an address, nobody else can bind it, in
// this process or in another one, and with any options.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { spawnSync } = require('child_process');

if (process.argv[2] === 'rival') {
  const [kind, host, port] = process.argv.slice(3);
  const told = (err) => console.log(err?.code ?? 'bound');
  if (kind === 'server') {
    const server = net.createServer().on('error', told);
    server.listen({ port, host }, () => {
      told();
      server.close();
    });
    return;
  }
  try {
    new net.BoundSocket({ host, port, ...JSON.parse(kind) }).close();
    told();
  } catch (err) {
    told(err);
  }
  return;
}

const rival = (kind, { address, port }) =>
  spawnSync(process.execPath, [__filename, 'rival', kind, address, port],
            { encoding: 'utf8' }).stdout.trim();
const bind = (options) =>
  new net.BoundSocket({ host: '127.0.0.1', exclusive: true, ...options });
const others = [{}, { exclusive: true }, { shared: true }];
if (common.isLinux)
  others.push({ reusePort: true }, { shared: 'reuseport' });

function assertTaken(local) {
  const { address: host, port } = local;
  for (const options of others) {
    assert.throws(() => new net.BoundSocket({ host, port, ...options }), {
      code: 'EADDRINUSE', syscall: 'bind', address: host, port,
    }, JSON.stringify(options));
  }
}

// In this process and in others. Without `exclusive`, a second one can be
// bound.
{
  const hosts = common.hasIPv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  for (const host of hosts) {
    const bound = bind({ host });
    const local = bound.address();
    assert.strictEqual(local.address, host);
    assertTaken(local);
    for (const options of others)
      assert.strictEqual(rival(JSON.stringify(options), local), 'EADDRINUSE');
    assert.strictEqual(rival('server', local), 'EADDRINUSE');
    bound.close();
    assert.strictEqual(rival('server', local), 'bound');
    const again = bind({ host, port: local.port });
    again.close();
  }
  const plain = bind({ exclusive: false });
  const local = plain.address();
  assert.strictEqual(rival('{}', local), 'bound');
  // An exclusive socket does not displace one that is already bound.
  assert.strictEqual(rival('{"exclusive":true}', local), 'EADDRINUSE');
  plain.close();
}

// The wildcard address of a family includes all others.
{
  const any = bind({ host: undefined });
  assert.strictEqual(any.address().address, '0.0.0.0');
  assertTaken({ address: '127.0.0.1', port: any.address().port });
  any.close();
}

if (common.hasIPv6) {
  const six = bind({ host: undefined, ipv6Only: true });
  const { address, port } = six.address();
  assert.strictEqual(address, '::');
  // The other family is free.
  const four = bind({ port });
  four.close();
  six.close();
  const both = bind({ host: '::' });
  assertTaken({ address: '127.0.0.1', port: both.address().port });
  both.close();
}

// So does that of IPv4 when it is mapped to IPv6, which takes no IPv6.
if (common.hasIPv6) {
  const mapped = '::ffff:0.0.0.0';
  const any = bind({ host: mapped });
  const { address, port } = any.address();
  assert.strictEqual(address, mapped);
  const overlapping = [mapped, '::ffff:127.0.0.1', '0.0.0.0', '127.0.0.1', '::'];
  for (const host of overlapping)
    assertTaken({ address: host, port });
  bind({ host: '::1', port }).close();
  any.close();
  for (const host of overlapping) {
    for (const options of others) {
      const other = new net.BoundSocket({ host, port, ...options });
      assert.throws(() => bind({ host: mapped, port }), { code: 'EADDRINUSE' });
      other.close();
    }
  }
  bind({ host: mapped, port }).close();
}

// The socket itself.
{
  const { SOL_SOCKET, SO_REUSEADDR } = net.constants;
  const bound = bind();
  assert.strictEqual(bound.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
  if (common.isLinux) {
    const info = fs.readFileSync(`/proc/self/fdinfo/${bound.fd()}`, 'utf8');
    const flags = parseInt(/^flags:\s*(\d+)/m.exec(info)[1], 8);
    // Check O_CLOEXEC and O_NONBLOCK.
    assert.strictEqual(flags & 0o2004000, 0o2004000);
  }
  bound.close();
}

// Failures do not leak descriptors.
if (common.isLinux) {
  const bound = bind();
  const { port } = bound.address();
  const count = () => fs.readdirSync('/proc/self/fd').length;
  const before = count();
  for (let i = 0; i < 100; i++) {
    assert.throws(() => bind({ port }), { code: 'EADDRINUSE' });
    assert.throws(() => bind({ host: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' });
  }
  assert.strictEqual(count(), before);
  bound.close();
}

// As a server, it works like any other, and still keeps the address
// exclusively.
{
  const bound = bind();
  const local = bound.address();
  const server = net.createServer(common.mustCall((connection) => {
    connection.end('hello');
  }));
  server.listen(bound, common.mustCall(() => {
    assert.strictEqual(server.address().port, local.port);
    assertTaken(local);
    assert.strictEqual(rival('server', local), 'EADDRINUSE');
    const socket = net.connect(local.port, local.address);
    socket.setEncoding('utf8').on('data', common.mustCall((text) => {
      assert.strictEqual(text, 'hello');
    })).on('close', common.mustCall(() => {
      server.close();
    }));
  }));
}

// As a client.
{
  const handle = bind();
  const local = handle.address();
  const server = net.createServer(common.mustCall((connection) => {
    assert.strictEqual(connection.remotePort, local.port);
    connection.resume().end();
    server.close();
  })).listen(0, '127.0.0.1', common.mustCall(() => {
    const { port } = server.address();
    const socket = net.connect({ handle, port, host: '127.0.0.1' });
    socket.resume().on('connect', common.mustCall());
  }));
}

// Arguments.
for (const exclusive of ['yes', 1, {}, Symbol('s')]) {
  assert.throws(() => bind({ exclusive }), { code: 'ERR_INVALID_ARG_TYPE' });
}
for (const [options, message] of [
  [{ reusePort: true }, /reusePort beside exclusive/],
  [{ path: 'never' }, /exclusive or shared beside path/],
  [{ shared: 'reuseport' }, /exclusive beside shared 'reuseport'/],
  [{ host: 'localhost' }, /options\.host/],
]) {
  assert.throws(() => bind({ host: undefined, ...options }),
                { code: 'ERR_INVALID_ARG_VALUE', message });
}
for (const [options, code] of [
  [{ port: 65536 }, 'ERR_SOCKET_BAD_PORT'],
  [{ port: -1 }, 'ERR_SOCKET_BAD_PORT'],
  [{ host: 1 }, 'ERR_INVALID_ARG_TYPE'],
  [{ ipv6Only: 1 }, 'ERR_INVALID_ARG_TYPE'],
  [{ reusePort: 1 }, 'ERR_INVALID_ARG_TYPE'],
]) {
  assert.throws(() => bind(options), { code });
}
assert.ok(!fs.existsSync('never'));
bind({ exclusive: null }).close();
{
  const bound = bind({ shared: null, socketOptions: null });
  assertTaken(bound.address());
  bound.close();
  const shared = bind({ shared: true, exclusive: null, socketOptions: null });
  const { port } = shared.address();
  bind({ shared: true, exclusive: null, socketOptions: null, port }).close();
  shared.close();
}
bind({ reusePort: false }).close();
