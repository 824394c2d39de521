'use strict';

// A handle serves only the connection that adopted it. Requests that are queued
// in an agent get connections of their own when that one closes.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');

const host = '127.0.0.1';
const ports = [];

const server = http.createServer(common.mustCall((request, response) => {
  ports.push(request.socket.remotePort);
  response.setHeader('Connection', 'close');
  response.end('done');
}, 3));

server.listen(new net.BoundSocket({ host }), common.mustCall(() => {
  const { port } = server.address();
  const agent = new http.Agent({ maxSockets: 1, keepAlive: true });
  const handle = new net.BoundSocket({ host });
  const local = handle.address().port;
  let left = 3;
  for (const options of [{ handle }, {}, {}]) {
    const request = http.get({ agent, host, port, ...options });
    request.on('response', common.mustCall((response) => {
      response.resume();
      response.on('end', common.mustCall(() => {
        if (--left > 0)
          return;
        assert.strictEqual(ports.length, 3);
        assert.strictEqual(ports.indexOf(local), 0);
        assert.strictEqual(ports.lastIndexOf(local), 0);
        agent.destroy();
        server.close();
      }));
    }));
  }
  assert.throws(() => handle.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
}));

// An immediate failure is emitted as 'error' on the request.
if (common.hasIPv6) {
  for (const agent of [undefined, false, new http.Agent({ keepAlive: true })]) {
    const handle = new net.BoundSocket({ host: '::1' });
    http.get({ agent, handle, host, port: 9 })
      .on('error', common.mustCall((error) => {
        assert.strictEqual(error.syscall, 'connect');
        assert.strictEqual(error.address, host);
        assert.strictEqual(error.port, 9);
      }));
  }
}

// A request with a bound socket gets a connection of its own, whether another
// one is idle or becomes free while the request waits.
{
  const pooled = http.createServer((request, response) => {
    response.end(`${request.socket.remotePort}`);
  });
  pooled.listen(0, host, common.mustCall(async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const get = (options) => new Promise((resolve, reject) => {
      http.get({ agent, host, port: pooled.address().port, ...options }, (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (chunk) => text += chunk);
        response.on('end', () => setImmediate(resolve, Number(text)));
      }).on('error', reject);
    });
    const first = await get({});
    assert.strictEqual(await get({}), first);
    const bound = () => new net.BoundSocket({ host });
    const idle = bound();
    const local = idle.address().port;
    assert.strictEqual(await get({ handle: idle }), local);
    const waiting = bound();
    const wanted = waiting.address().port;
    const answers = await Promise.all([get({}), get({ handle: waiting }), get({})]);
    assert.strictEqual(answers[1], wanted);
    agent.destroy();

    // An agent whose own handle is absent leaves that of the request.
    for (const absent of [null, undefined]) {
      const handle = bound();
      const { port } = handle.address();
      const other = new http.Agent({ handle: absent });
      assert.strictEqual(await get({ agent: other, handle }), port);
      other.destroy();
    }
    pooled.close();
  }));
}

// A request that waits for the connection of another one to close uses its own
// bound socket, not that of the previous request.
{
  const closing = http.createServer((request, response) => {
    response.setHeader('Connection', 'close');
    response.end(`${request.socket.remotePort}`);
  });
  closing.listen(0, host, common.mustCall(() => {
    const agent = new http.Agent({ maxSockets: 1 });
    const handles = [0, 1, 2].map(() => new net.BoundSocket({ host }));
    let left = handles.length;
    for (const handle of handles) {
      const local = handle.address().port;
      http.get({ agent, handle, host, port: closing.address().port }, common.mustCall((response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (chunk) => text += chunk);
        response.on('end', common.mustCall(() => {
          assert.strictEqual(Number(text), local);
          assert.throws(() => handle.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
          if (--left === 0)
            closing.close();
        }));
      }));
    }
  }));
}
