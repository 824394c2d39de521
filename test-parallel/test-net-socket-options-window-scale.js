'use strict';

// The window scale that one side of a connection announces depends on the size
// of its receive buffer when it sends its first segment. TCP_INFO on the other
// side contains the announced value.

const common = require('../common');
if (!common.isLinux)
  common.skip('reads struct tcp_info of Linux');

const assert = require('assert');
const http = require('http');
const net = require('net');
const os = require('os');
const { once } = require('events');

const { IPPROTO_TCP, SOL_SOCKET, SO_RCVBUF, TCP_INFO } = net.constants;

const host = '127.0.0.1';
const small = [SOL_SOCKET, SO_RCVBUF, 4096];
const large = [SOL_SOCKET, SO_RCVBUF, 200_000];

// Byte 6 consists of two four-bit fields: the scale for sending, which the peer
// announced, and the scale for receiving.
function scales(socket) {
  const byte = socket.getsockopt(IPPROTO_TCP, TCP_INFO, 104)[6];
  const [low, high] = [byte & 15, byte >> 4];
  return os.endianness() === 'LE' ? { peer: low, own: high } :
    { peer: high, own: low };
}

// Connects and returns the scales announced by the server and by the client.
async function run(server, makeClient) {
  await once(server, 'listening');
  const client = makeClient(server.address().port);
  const [connection] = await once(server, 'connection');
  const here = scales(connection);
  if (client.connecting)
    await once(client, 'connect');
  const there = scales(client);
  // Both ends agree.
  assert.deepStrictEqual(here, { peer: there.own, own: there.peer });
  connection.destroy();
  client.destroy();
  server.close();
  return { server: here.own, client: there.own };
}

const listen = (options) => net.createServer().listen({ host, port: 0, ...options });
const connect = (options) => (port) => net.connect({ host, port, ...options });

async function main() {
  const usual = await run(listen(), connect());
  assert.ok(usual.server > 0 && usual.client > 0, 'window scaling is off');

  const set = (option) => ({ socketOptions: [option] });
  const bound = (option) => new net.BoundSocket({ host, ...set(option) });
  const options = {
    // The last option wins.
    small: [set(small), { socketOptions: [large, small] }],
    large: [set(large), { socketOptions: [small, large] }],
  };

  const seen = {};
  for (const [name, lists] of Object.entries(options)) {
    for (const [index, list] of lists.entries()) {
      const option = { small, large }[name];
      const clients = [
        connect(list),
        connect({ ...list, localAddress: '127.0.0.2' }),
        // Recorded until there is a socket.
        (port) => connect()(port).setsockopt(...option),
        (port) => new net.Socket().setsockopt(...option).connect({ host, port }),
        (port) => connect({ handle: bound(option) })(port),
        (port) => connect({ ...list, handle: new net.BoundSocket({ host }) })(port),
      ];
      const servers = [
        () => listen(list),
        () => listen({ ...list, handle: new net.BoundSocket({ host }) }),
        () => listen({ handle: bound(option) }),
      ];
      for (const client of clients) {
        const { server, client: scale } = await run(listen(), client);
        assert.strictEqual(server, usual.server);
        seen[name] ??= scale;
        assert.strictEqual(scale, seen[name], `${name} ${index}: ${client}`);
      }
      for (const server of servers) {
        const result = await run(server(), connect());
        assert.deepStrictEqual(
          result, { server: seen[name], client: usual.client },
          `${name} ${index}: ${server}`);
      }
    }
  }
  // 8 KiB do not require scaling.
  assert.strictEqual(seen.small, 0);
  assert.ok(seen.large > seen.small, `${seen.large}`);

  // Once connected, it is too late.
  const late = await run(listen(), (port) => {
    const client = connect()(port);
    client.on('connect', () => client.setsockopt(...small));
    return client;
  });
  assert.deepStrictEqual(late, usual);

  // For HTTP.
  const web = http.createServer((request, response) => {
    response.end(`${scales(request.socket).peer}`);
  });
  web.listen(0, host);
  await once(web, 'listening');
  const { port } = web.address();
  for (const [list, expected] of [[set(small), seen.small], [set(large), seen.large]]) {
    for (const options of [{ ...list, agent: false }, list,
                           { agent: new http.Agent(list) }]) {
      const [response] = await once(http.get({ host, port, ...options }), 'response');
      const [text] = await response.toArray();
      assert.strictEqual(Number(text), expected);
    }
  }
  web.close();
  web.closeAllConnections();
}

main().then(common.mustCall());
