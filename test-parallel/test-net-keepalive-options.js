'use strict';

// keepAliveInterval and keepAliveCount can be given wherever
// keepAliveInitialDelay can.

const common = require('../common');
const assert = require('assert');
const fixtures = require('../common/fixtures');
const http = require('http');
const net = require('net');

const {
  IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_KEEPALIVE, TCP_KEEPCNT,
  TCP_KEEPIDLE = TCP_KEEPALIVE, TCP_KEEPINTVL,
} = net.constants;
if (TCP_KEEPIDLE === undefined || TCP_KEEPINTVL === undefined ||
    TCP_KEEPCNT === undefined) {
  common.skip('no constants for the keep-alive options');
}

const isOn = (socket) => socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0;
const values = (socket) => [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT]
  .map((name) => socket.getsockopt(IPPROTO_TCP, name));

const host = '127.0.0.1';
const keepAlive = {
  keepAlive: true,
  keepAliveInitialDelay: 9000,
  keepAliveInterval: 2000,
  keepAliveCount: 3,
};
const absent = {
  keepAlive: null,
  keepAliveInitialDelay: null,
  keepAliveInterval: null,
  keepAliveCount: null,
};
const key = common.hasCrypto && fixtures.readKey('agent1-key.pem');
const cert = common.hasCrypto && fixtures.readKey('agent1-cert.pem');
const once = (emitter, name) => new Promise((resolve, reject) => {
  emitter.once(name, resolve);
  if (name !== 'error')
    emitter.once('error', reject);
});

async function listen(server) {
  server.listen(0, host);
  await once(server, 'listening');
  return server.address().port;
}

// The values of a connection that a server accepts.
async function accepted(server, connect) {
  const port = await listen(server);
  const client = connect({ port, host, key, cert, rejectUnauthorized: false });
  client.on('error', () => {});
  const connection = await once(server, 'connection');
  const result = [isOn(connection), ...values(connection)];
  connection.destroy();
  client.destroy();
  server.close();
  return result;
}

async function main() {
  const plain = net.createServer((connection) => {
    connection.on('error', () => {});
    connection.resume();
  });
  const port = await listen(plain);
  const connect = async (socket) => {
    await once(socket, 'connect');
    const result = [isOn(socket), ...values(socket)];
    socket.destroy();
    return result;
  };
  const to = { port, host };
  const [off, ...system] = await connect(net.connect(to));
  assert.strictEqual(off, false);

  // Clients.
  for (const [options, expected] of [
    [keepAlive, [true, 9, 2, 3]],
    [{ ...keepAlive, keepAliveInterval: undefined }, [true, 9, 1, 3]],
    [{ ...keepAlive, keepAliveCount: null }, [true, 9, 2, 10]],
    [{ ...keepAlive, keepAliveInitialDelay: null }, [true, system[0], 2, 3]],
    [{ ...keepAlive, keepAliveInterval: 0, keepAliveCount: -1 },
     [true, 9, system[1], system[2]]],
    [{ ...keepAlive, keepAlive: false }, [false, ...system]],
    [{ keepAliveInterval: 2000, keepAliveCount: 3 }, [false, ...system]],
    [absent, [false, ...system]],
    // A delay that comes alone may be anything that is a number.
    ...[32_768_000, 2 ** 31 * 1000, 1e100, Infinity, NaN, -1].map((value) => [
      { keepAlive: true, keepAliveInitialDelay: value, keepAliveCount: null },
      [true, ...system],
    ]),
  ]) {
    assert.deepStrictEqual(await connect(net.connect({ ...to, ...options })),
                           expected);
    assert.deepStrictEqual(await connect(new net.Socket(options).connect(to)),
                           expected);
    assert.deepStrictEqual(
      await connect(new net.Socket().connect({ ...to, ...options })), expected);
  }
  // A constructor's delay that is too long does not matter later.
  {
    const socket = new net.Socket({ keepAlive: true, keepAliveInitialDelay: 1e9 });
    socket.connect({ ...to, keepAliveInterval: 2000 });
    await once(socket, 'connect');
    assert.deepStrictEqual([isOn(socket), ...values(socket)],
                           [true, system[0], 2, 10]);
    socket.setKeepAlive(true, 0, 3000, 4);
    assert.deepStrictEqual(values(socket), [system[0], 3, 4]);
    socket.destroy();
  }
  // connect() has never looked at the type of a delay.
  for (const [value, idle] of [
    ['9000', 9], ['x', system[0]], [true, system[0]], [{}, system[0]],
    [5n, system[0]], [Symbol('x'), system[0]],
  ]) {
    const options = { ...to, keepAlive: true, keepAliveInitialDelay: value };
    assert.strictEqual((await connect(new net.Socket().connect(options)))[1], idle);
  }
  // The options are defaults of later calls.
  {
    const socket = net.connect({ ...to, ...keepAlive, keepAlive: false });
    await once(socket, 'connect');
    socket.setKeepAlive(true);
    assert.deepStrictEqual(values(socket), [9, 2, 3]);
    socket.setKeepAlive(true, 5000);
    assert.deepStrictEqual(values(socket), [5, 2, 3]);
    socket.setKeepAlive(true, 5000, 4000);
    assert.deepStrictEqual(values(socket), [5, 4, 3]);
    socket.destroy();
  }
  // Options of connect() replace those of the constructor, and a call between
  // the two is kept where connect() has no option.
  {
    const socket = new net.Socket(keepAlive);
    socket.setKeepAlive(true, 7000, 6000, 5);
    assert.deepStrictEqual(
      await connect(socket.connect({ ...to, keepAliveCount: 4 })),
      [true, 7, 6, 4]);
  }

  // Servers.
  for (const [options, expected] of [
    [keepAlive, [true, 9, 2, 3]],
    [{ ...keepAlive, keepAliveInterval: null }, [true, 9, 1, 3]],
    [{ ...keepAlive, keepAliveCount: undefined }, [true, 9, 2, 10]],
    [{ ...keepAlive, keepAliveInitialDelay: null }, [true, system[0], 2, 3]],
    [{ ...keepAlive, keepAlive: false }, [false, ...system]],
    [absent, [false, ...system]],
    [{ keepAlive: true, keepAliveInitialDelay: 1e9 }, [true, ...system]],
    [{ keepAlive: true, keepAliveInitialDelay: NaN }, [true, ...system]],
  ]) {
    const servers = [
      net.createServer(options),
      http.createServer(options),
    ];
    if (common.hasCrypto) {
      const secure = { ...options, key, cert };
      servers.push(
        require('tls').createServer(secure),
        require('https').createServer(secure),
        require('http2').createServer(options),
        require('http2').createSecureServer(secure));
    }
    for (const server of servers) {
      server.on('tlsClientError', () => {});
      assert.deepStrictEqual(await accepted(server, net.connect), expected);
    }
  }
  {
    const server = net.createServer({ ...keepAlive, keepAlive: false });
    const port = await listen(server);
    const client = net.connect(port, host);
    const connection = await once(server, 'connection');
    connection.setKeepAlive(true, 5000);
    assert.deepStrictEqual(values(connection), [5, 2, 3]);
    connection.destroy();
    client.destroy();
    server.close();
  }

  // They move along with a server, on lines where servers can be transferred.
  {
    const server = net.createServer(keepAlive);
    const port = await listen(server);
    const { port1, port2 } = new MessageChannel();
    const received = new Promise((resolve) => port2.once('message', resolve));
    let isMovable = true;
    try {
      port1.postMessage(server, [server]);
    } catch (error) {
      assert.ok(error instanceof Error);
      isMovable = false;
      server.close();
    }
    if (isMovable) {
      const moved = await received;
      const client = net.connect(port, host);
      const connection = await once(moved, 'connection');
      assert.deepStrictEqual([isOn(connection), ...values(connection)],
                             [true, 9, 2, 3]);
      connection.destroy();
      client.destroy();
      moved.close();
    }
    port1.close();
  }

  // Clients of other modules.
  async function request({ request, Agent }, server, options, own) {
    const port = await listen(server);
    const agent = new Agent(options);
    const result = await new Promise((resolve, reject) => {
      const sent = request({ port, host, agent, rejectUnauthorized: false, ...own });
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.resume();
        const { socket } = response;
        const used = [isOn(socket), ...values(socket)];
        response.on('end', () => setImmediate(() => {
          // The same while the agent keeps it.
          if (!socket.destroyed)
            assert.deepStrictEqual([isOn(socket), ...values(socket)], used);
          resolve(used);
        }));
      });
      sent.end();
    });
    agent.destroy();
    server.close();
    return result;
  }
  const answer = (request, response) => response.end();
  const modules = [[http, () => http.createServer(answer)]];
  if (common.hasCrypto) {
    const https = require('https');
    modules.push([https, () => https.createServer({ key, cert }, answer)]);
  }
  const tuned = { keepAliveInterval: 2000, keepAliveCount: 3 };
  for (const [module, createServer] of modules) {
    for (const [options, expected, own] of [
      [{ keepAlive: true, ...tuned }, [true, 1, 2, 3]],
      [{ keepAlive: true, keepAliveMsecs: 9000, ...tuned }, [true, 9, 2, 3]],
      [keepAlive, [true, 9, 2, 3]],
      [{ keepAlive: true, keepAliveMsecs: 9000 }, [true, 9, 1, 10]],
      [{ keepAlive: true, keepAliveMsecs: 9000, ...tuned, keepAliveInterval: null },
       [true, 9, 1, 3]],
      [{ ...absent, keepAlive: true, keepAliveMsecs: null }, [true, 1, 1, 10]],
      [{ keepAlive: true, keepAliveMsecs: 1e9 }, [true, ...system]],
      [{ keepAlive: true, keepAliveMsecs: Infinity }, [true, ...system]],
      [{ keepAlive: true, keepAliveMsecs: 9000 }, [true, 9, 2, 3], tuned],
      [{}, [true, 9, 2, 3], keepAlive],
    ]) {
      assert.deepStrictEqual(
        await request(module, createServer(), options, own), expected);
    }
  }
  if (common.hasCrypto) {
    const http2 = require('http2');
    const tls = require('tls');
    const secure = tls.createServer({ key, cert }, (connection) => {
      connection.on('error', () => {});
      connection.resume();
    });
    const port = await listen(secure);
    const options = { rejectUnauthorized: false, ...keepAlive };
    assert.deepStrictEqual(
      await connect(tls.connect({ port, host, ...options })), [true, 9, 2, 3]);
    secure.close();

    for (const [server, scheme] of [
      [http2.createServer(), 'http'],
      [http2.createSecureServer({ key, cert }), 'https'],
    ]) {
      const port = await listen(server);
      const client = http2.connect(`${scheme}://${host}:${port}`, options);
      await once(client, 'connect');
      assert.strictEqual(isOn(client.socket), true);
      assert.deepStrictEqual(values(client.socket), [9, 2, 3]);
      client.destroy();
      server.close();
    }
  }

  // What is invalid is refused before anything is done. The delay is checked
  // only along with one of the others, except that constructors have always
  // checked its type.
  const bound = new net.BoundSocket({ host });
  for (const [name, max, others] of [
    ['keepAliveInitialDelay', 32_767_999, { keepAliveInterval: 2000 }],
    ['keepAliveInitialDelay', 32_767_999, { keepAliveCount: 0 }],
    ['keepAliveInterval', 32_767_999],
    ['keepAliveCount', 127],
  ]) {
    for (const [value, code] of [
      [NaN, 'ERR_OUT_OF_RANGE'],
      [max + 1, 'ERR_OUT_OF_RANGE'],
      [Infinity, 'ERR_OUT_OF_RANGE'],
      ['1000', 'ERR_INVALID_ARG_TYPE'],
      [true, 'ERR_INVALID_ARG_TYPE'],
      [{}, 'ERR_INVALID_ARG_TYPE'],
      [5n, 'ERR_INVALID_ARG_TYPE'],
    ]) {
      const options = { ...to, keepAlive: true, ...others, [name]: value };
      const calls = [
        () => new net.Socket(options),
        () => new net.Socket({ ...options, handle: bound }),
        () => net.connect({ ...options, handle: bound }),
        () => new net.Socket().connect(options),
        () => net.createServer(options),
        () => http.createServer(options),
        () => new http.Agent(options),
        () => http.request({ ...options, agent: new http.Agent() }),
      ];
      if (common.hasCrypto) {
        calls.push(
          () => require('tls').connect(options),
          () => require('tls').createServer(options),
          () => require('https').createServer(options),
          () => new (require('https').Agent)(options),
          () => require('http2').createServer(options));
      }
      for (const call of calls) {
        assert.throws(call, (error) => {
          assert.strictEqual(error.code, code);
          assert.match(error.message, new RegExp(`options\\.${name}`));
          return true;
        });
      }
    }
  }
  for (const value of ['1000', true, {}, 5n, Symbol('x')]) {
    for (const call of [
      () => new net.Socket({ keepAliveInitialDelay: value }),
      () => net.connect({ ...to, keepAliveInitialDelay: value }),
      () => net.createServer({ keepAliveInitialDelay: value }),
    ])
      assert.throws(call, { code: 'ERR_INVALID_ARG_TYPE' });
    new http.Agent({ keepAliveMsecs: value, keepAliveInitialDelay: value });
  }
  assert.throws(() => new http.Agent({ keepAliveMsecs: 32_768_000, keepAliveCount: 3 }),
                { code: 'ERR_OUT_OF_RANGE' });
  assert.strictEqual(bound.address().address, host);
  bound.close();
  plain.close();
}

main().then(common.mustCall());
