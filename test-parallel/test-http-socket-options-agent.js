'use strict';

// An agent does not mix up connections that were made with different
// socketOptions.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const https = require('https');
const net = require('net');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const { IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET, IP_TTL, SO_RCVBUF } = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;
const size = (bytes) => [[SOL_SOCKET, SO_RCVBUF, bytes]];

// The agent has a copy.
{
  const socketOptions = [...size(20_000), [1, 2, 'a']];
  const agent = new http.Agent({ socketOptions });
  const copy = agent.options.socketOptions;
  assert.notStrictEqual(copy, socketOptions);
  assert.deepStrictEqual(copy, [...size(20_000), [1, 2, new Uint8Array([97, 0])]]);
  assert(Object.isFrozen(copy));
}

// Requests with equivalent options can share a connection. All others cannot,
// even if their parts look the same when concatenated.
const same = [
  [undefined, null],
  [size(20_000), size(20_000)],
  [[[1, 2, 'a']], [[1, 2, 'a']]],
  [[[1, 2, Buffer.from('a')]], [[1, 2, Buffer.from('a')]]],
  // The same bytes.
  [[[1, 2, 'a']], [[1, 2, Buffer.from('a\0')]]],
  [[[1, 2, true]], [[1, 2, 1]]],
];
const different = [
  undefined,
  [[1, 2, 3]],
  [[1, 2, 3], [1, 2, 3]],
  [[1, 2, 4]],
  [[1, 3, 3]],
  [[2, 2, 3]],
  [[1, 23, 4]],
  [[12, 3, 4]],
  [[1, 2, -3]],
  [[-1, 2, 3]],
  [[1, 2, 34]],
  [[1, 2, 3], [1, 2, 4]],
  [[1, 2, 4], [1, 2, 3]],
  [[1, 2, '3']],
  [[1, 2, '']],
  [[1, 2, 'a']],
  [[1, 2, 'a,1,2,a']],
  [[1, 2, 'a'], [1, 2, 'a']],
  [[1, 2, 'a],[1,2,a']],
  [[1, 2, '3],[1,2,3']],
  [[1, 2, 'a:1:2:a']],
  [[1, 2, 'a;1;2;a']],
  [[1, 2, '"3"']],
  [[1, 2, '\ud800']],
  [[1, 2, Buffer.alloc(0)]],
  [[1, 2, Buffer.alloc(2)]],
  [[1, 2, Buffer.alloc(4)]],
  [[1, 2, Buffer.from([128])]],
  [[1, 2, Buffer.from([129])]],
  [[1, 2, Buffer.from([1, 28])]],
  [[1, 2, Buffer.from([12, 8])]],
  [[1, 2, new Uint16Array([7, 7])]],
];

function names(agent) {
  const name = (socketOptions) => agent.getName({ host, port: 80, socketOptions });
  for (const [one, other] of same)
    assert.strictEqual(name(one), name(other));
  // Those of an agent are none, either, and leave alone those of a request.
  assert.strictEqual(Object.hasOwn(new agent.constructor({ socketOptions: null }).options, 'socketOptions'), false);
  // Without options, the name is the same as before.
  assert.strictEqual(name(undefined), agent.getName({ host, port: 80 }));
  const all = different.map(name);
  for (const [index, one] of all.entries())
    assert.strictEqual(all.indexOf(one), index, one);
  assert.strictEqual(new Set(all).size, different.length);
  // The bytes matter, not the identity of the object.
  const bytes = Buffer.from('a');
  const list = [[1, 2, bytes]];
  const before = name(list);
  bytes.write('b');
  assert.notStrictEqual(name(list), before);
  assert.strictEqual(name(list), name([[1, 2, Buffer.from('b')]]));

  // A path that looks like options.
  const listed = { socketPath: '/path', socketOptions: [[1, 9, 1]] };
  const begin = agent.getName({ socketPath: '/path' });
  const key = agent.getName(listed).slice(begin.length);
  for (const end of [key, key.slice(0, -1), key.slice(0, key.indexOf('1')), `${key}:`]) {
    const same = agent.getName({ socketPath: `/path${end}` });
    assert.notStrictEqual(same, agent.getName(listed));
    assert.notStrictEqual(
      same, agent.getName({ ...listed, socketPath: `/path${end}` }));
  }
}
names(new http.Agent());
if (common.hasCrypto)
  names(new https.Agent());

async function main() {
  const server = http.createServer((request, response) => {
    response.end(`${request.socket.remotePort}`);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address();

  // Returns the port of the connection that served a request.
  async function get(options, check) {
    const request = http.get({ host, port, ...options });
    const [response] = await once(request, 'response');
    check?.(request.socket);
    const text = `${Buffer.concat(await response.toArray())}`;
    // The socket returns to the pool in the meantime.
    await new Promise((resolve) => setImmediate(resolve));
    return text;
  }
  const buffer = (expected) => (socket) => {
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF),
                       expected * factor);
  };

  {
    const agent = new http.Agent({ keepAlive: true });
    const small = await get({ agent, socketOptions: size(20_000) }, buffer(20_000));
    const large = await get({ agent, socketOptions: size(40_000) }, buffer(40_000));
    const none = await get({ agent });
    assert.strictEqual(new Set([small, large, none]).size, 3);
    // A different list with the same contents can reuse the connection.
    for (let i = 0; i < 3; i++) {
      assert.strictEqual(
        await get({ agent, socketOptions: size(20_000) }, buffer(20_000)), small);
      assert.strictEqual(
        await get({ agent, socketOptions: size(40_000) }, buffer(40_000)), large);
      assert.strictEqual(await get({ agent }), none);
    }

    // The same array and the same view, but with different contents.
    const bytes = new Int32Array([20_001]);
    const list = size(bytes);
    const first = await get({ agent, socketOptions: list });
    assert.strictEqual(await get({ agent, socketOptions: list }), first);
    bytes[0] = 40_001;
    assert.notStrictEqual(
      await get({ agent, socketOptions: list }, buffer(40_001)), first);
    agent.destroy();
  }

  // The options of the agent apply to all of its connections.
  {
    const agent = new http.Agent({ keepAlive: true, socketOptions: size(20_000) });
    const first = await get({ agent }, buffer(20_000));
    assert.strictEqual(await get({ agent }, buffer(20_000)), first);
    const ports = await Promise.all([1, 2, 3].map(() => get({ agent }, buffer(20_000))));
    assert.strictEqual(new Set(ports).size, 3);
    agent.destroy();
  }

  // A request that waits for a connection gets one with its own options.
  {
    const agent = new http.Agent({ keepAlive: true, maxTotalSockets: 1 });
    const ports = await Promise.all([
      get({ agent, socketOptions: size(20_000) }, buffer(20_000)),
      get({ agent, socketOptions: size(40_000) }, buffer(40_000)),
      get({ agent, socketOptions: size(20_000) }, buffer(20_000)),
    ]);
    assert.notStrictEqual(ports[0], ports[1]);
    agent.destroy();
  }
  {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const socketOptions = size(20_000);
    const ports = await Promise.all(
      [1, 2, 3].map(() => get({ agent, socketOptions }, buffer(20_000))));
    assert.strictEqual(new Set(ports).size, 1);
    agent.destroy();
  }

  // Changing a list after the call does not have any effect, even on a queued
  // request.
  {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const bytes = new Int32Array([20_000]);
    const list = size(bytes);
    const requests = [1, 2, 3].map(
      () => get({ agent, socketOptions: list }, buffer(20_000)));
    bytes[0] = 40_000;
    list.push(null);
    const waits = setTimeout(() => assert.fail('a request waits for ever'),
                             common.platformTimeout(10_000));
    assert.strictEqual(new Set(await Promise.all(requests)).size, 1);
    clearTimeout(waits);
    await get({ agent, socketOptions: size(20_000) }, buffer(20_000));
    agent.destroy();
  }

  // A failure only affects the request, and the agent keeps working.
  {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const socketOptions = [[IPPROTO_IP, IP_TTL, 41], [IPPROTO_TCP, 9999, 1]];
    for (let i = 0; i < 3; i++) {
      await assert.rejects(get({ agent, socketOptions }), {
        code: 'ENOPROTOOPT',
        syscall: 'setsockopt',
        index: 1,
        level: IPPROTO_TCP,
        optname: 9999,
      });
    }
    assert.match(await get({ agent }), /^\d+$/);
    // The call itself rejects invalid lists.
    for (const options of [{ agent }, { agent: false }, {}]) {
      assert.throws(() => http.get({ host, port, ...options, socketOptions: {} }),
                    { code: 'ERR_INVALID_ARG_TYPE' });
      assert.throws(() => http.get({ host, port, ...options, socketOptions: [[1, 1, {}]] }),
                    { code: 'ERR_INVALID_ARG_TYPE' });
    }
    assert.match(await get({ agent }), /^\d+$/);
    agent.destroy();
  }

  // A path instead of a port.
  if (!common.isWindows) {
    const pipe = http.createServer((request, response) => response.end('text'));
    pipe.listen(common.PIPE);
    await once(pipe, 'listening');
    const agent = new http.Agent({ keepAlive: true });
    const sockets = new Set();
    for (const bytes of [20_000, 40_000, 20_000]) {
      await get({ socketPath: common.PIPE, agent, socketOptions: size(bytes) },
                (socket) => {
                  buffer(bytes)(socket);
                  sockets.add(socket);
                });
    }
    assert.strictEqual(sockets.size, 2);
    // The socket is created before the request knows about it.
    for (const failing of [{ agent }, { agent: false }, {}]) {
      const options = { socketPath: common.PIPE, socketOptions: [[SOL_SOCKET, 9999, 1]] };
      await assert.rejects(get({ ...options, ...failing }),
                           { code: 'ENOPROTOOPT', syscall: 'setsockopt', index: 0 });
    }
    agent.destroy();
    pipe.close();
  }

  http.globalAgent.destroy();
  server.close();
  server.closeAllConnections();
}

main().then(common.mustCall());
