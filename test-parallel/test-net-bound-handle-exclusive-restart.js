'use strict';

// On Linux, an address that has served connections can be bound exclusively
// again at once, and still by nobody else.

const common = require('../common');
if (!common.isLinux)
  common.skip('elsewhere, former connections keep the address for a while');

const assert = require('assert');
const net = require('net');
const os = require('os');
const { fork } = require('child_process');
const { once } = require('events');
const { MessageChannel, receiveMessageOnPort } = require('worker_threads');

const [major, minor] = os.release().split('.').map(Number);
if (major < 6 || (major === 6 && minor < 8))
  common.skip('older kernels do not tell who is bound to an address');

const TIMES = 1000;
const SECONDS = 20;
const { SOL_SOCKET, SO_RCVBUF, SO_REUSEADDR } = net.constants;
const taken = { code: 'EADDRINUSE', syscall: 'bind' };
const reserve = (host, port, options) => new net.BoundSocket({ host, port, exclusive: true, ...options });
const wildcards = { '0.0.0.0': '127.0.0.1', '::': '::1', '::ffff:0.0.0.0': '::ffff:127.0.0.1' };
const reach = (host) => wildcards[host] ?? host;

// The server closes first, so that its address is in TIME_WAIT.
async function serve(host, bound) {
  const { port } = bound.address();
  const server = net.createServer((connection) => connection.end('served')).listen(bound);
  await once(server, 'listening');
  let text = '';
  for await (const chunk of net.connect(port, reach(host)).setEncoding('utf8'))
    text += chunk;
  assert.strictEqual(text, 'served');
  await once(server.close(), 'close');
}

if (process.argv[2] === 'service') {
  process.once('message', async (message, bound) => {
    await serve(process.argv[3], bound);
    process.disconnect();
  });
  return;
}

async function restart(host, options) {
  const first = reserve(host, 0, options);
  const { port } = first.address();
  await serve(host, first);

  const second = reserve(host, port, options);
  assert.strictEqual(second.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
  for (const terms of [options, { shared: true }, { exclusive: false }, { exclusive: false, reusePort: true }])
    assert.throws(() => reserve(host, port, terms), taken);
  // It does not listen.
  const [refused] = await once(net.connect(port, reach(host)), 'error');
  assert.strictEqual(refused.code, 'ECONNREFUSED');
  // A clone, or the receiver of the socket, knows what it is.
  const clone = second.clone();
  second.close();
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(clone, [clone]);
  await serve(host, receiveMessageOnPort(port2).message);
  port1.close();

  // A plain server can have the address next, and others can share it.
  const server = net.createServer().listen(port, host);
  await once(server, 'listening');
  assert.throws(() => reserve(host, port), taken);
  await once(server.close(), 'close');
  const shared = reserve(host, port, { shared: true });
  const other = reserve(host, port, { shared: true });
  shared.close();
  await serve(host, other);

  // Somebody is bound to it without listening.
  const plain = new net.BoundSocket({ host, port });
  assert.throws(() => reserve(host, port, options), taken);
  assert.throws(() => reserve(host, port, { shared: true }), taken);
  await serve(host, plain);

  // At another address, that is no obstacle.
  if (host === '127.0.0.1') {
    const elsewhere = new net.BoundSocket({ host: '127.0.0.2', port });
    const any = new net.BoundSocket({ host: '0.0.0.0', port });
    assert.throws(() => reserve(host, port, options), taken);
    any.close();
    reserve(host, port, options).close();
    // The same, as an address that is mapped to IPv6.
    const mapped = `::ffff:${host}`;
    if (common.hasIPv6)
      reserve(mapped, port, options).close();
    elsewhere.close();
    if (common.hasIPv6) {
      const same = new net.BoundSocket({ host, port });
      assert.throws(() => reserve(mapped, port, options), taken);
      same.close();
      const six = new net.BoundSocket({ host: '::1', port });
      reserve(host, port).close();
      six.close();
      // Others of that family may get what is sent to this one.
      const dual = new net.BoundSocket({ host: '::', port });
      assert.throws(() => reserve(host, port, options), taken);
      dual.close();
      // Unless they take no IPv4.
      const only = new net.BoundSocket({ host: '::', port, ipv6Only: true });
      reserve(host, port, options).close();
      only.close();
    }
  }

  if (host === '::') {
    // That is no obstacle to a socket of IPv6 alone.
    const four = new net.BoundSocket({ host: '127.0.0.1', port });
    assert.throws(() => reserve(host, port, options), taken);
    reserve(host, port, { ipv6Only: true, ...options }).close();
    four.close();
  }

  if (host === '::ffff:0.0.0.0') {
    for (const other of ['0.0.0.0', '127.0.0.1', '::', host]) {
      const held = reserve(host, port, options);
      assert.throws(() => new net.BoundSocket({ host: other, port }), taken);
      held.close();
      const plain = new net.BoundSocket({ host: other, port });
      assert.throws(() => reserve(host, port, options), taken);
      plain.close();
    }
  }

  // A client can connect from it.
  const target = net.createServer((connection) => connection.end()).listen(0, reach(host));
  await once(target, 'listening');
  const client = net.connect({ handle: reserve(host, port), host: reach(host), port: target.address().port });
  const [connection] = await once(target, 'connection');
  assert.strictEqual(connection.remotePort, port);
  await once(client.resume(), 'close');
  await once(target.close(), 'close');
}

// Another process can become the server.
async function restartAfterChild(host, options) {
  const bound = reserve(host, 0);
  const { port } = bound.address();
  const child = fork(__filename, ['service', host]);
  child.send('serve', bound, options);
  const [code] = await once(child, 'exit');
  assert.strictEqual(code, 0);
  if (options?.keepOpen)
    bound.close();
  const server = net.createServer().listen(port, host);
  await once(server, 'listening');
  await once(server.close(), 'close');
  reserve(host, port).close();
}

async function repeat(host) {
  const first = reserve(host, 0);
  const { port } = first.address();
  await serve(host, first);
  const end = Date.now() + SECONDS * 1000;
  let times = 0;
  for (; times < TIMES && Date.now() < end; times++)
    await serve(host, reserve(host, port));
  console.log(`${host}: ${times} times`);
}

(async () => {
  for (const options of [{}, { socketOptions: [[SOL_SOCKET, SO_RCVBUF, 65_536]] }]) {
    await restart('127.0.0.1', options);
    await restart('0.0.0.0', options);
    if (common.hasIPv6) {
      await restart('::1', options);
      await restart('::', options);
      await restart('::ffff:0.0.0.0', options);
    }
  }
  await restartAfterChild('127.0.0.1');
  await restartAfterChild('127.0.0.1', { keepOpen: true });
  await repeat('127.0.0.1');
})().then(common.mustCall());
