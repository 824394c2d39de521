'use strict';

// tls.connect(), and everything based on it, accept a handle like net.connect()
// does.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const fixtures = require('../common/fixtures');
const http2 = require('http2');
const https = require('https');
const net = require('net');
const tls = require('tls');
const tmpdir = require('../common/tmpdir');

const host = '127.0.0.1';
const identity = {
  key: fixtures.readKey('agent1-key.pem'),
  cert: fixtures.readKey('agent1-cert.pem'),
};
const trust = {
  ca: fixtures.readKey('ca1-cert.pem'),
  checkServerIdentity() {},
};

/** Returns a handle and its port. */
function bind(options) {
  const handle = new net.BoundSocket(options);
  return { handle, local: handle.address().port };
}

const isAdopted = (handle) =>
  assert.throws(() => handle.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });

tmpdir.refresh();

// TLS.
{
  const server = tls.createServer(identity, common.mustCall((peer) => {
    assert.strictEqual(peer.remotePort, server.expected);
    peer.end('hello');
  }));
  server.listen(0, host, common.mustCall(() => {
    const { port } = server.address();
    const { handle, local } = bind({ host });
    server.expected = local;
    const socket = tls.connect({ ...trust, handle, host, port });
    isAdopted(handle);
    assert.strictEqual(socket.connecting, true);
    assert.strictEqual(socket.localAddress, host);
    assert.strictEqual(socket.localPort, local);
    let text = '';
    socket.on('secureConnect', common.mustCall(() => {
      assert.strictEqual(socket.localPort, local);
      assert.strictEqual(socket.authorized, true);
    }));
    socket.on('data', (chunk) => text += chunk);
    socket.on('close', common.mustCall(() => {
      assert.strictEqual(text, 'hello');
      server.close();
    }));
  }));
}

// TLS over a pipe.
{
  const server = tls.createServer(identity, common.mustCall((peer) => peer.end()));
  server.listen(common.PIPE, common.mustCall(() => {
    const path = `${common.PIPE}-client`;
    const handle = new net.BoundSocket({ path });
    const socket = tls.connect({ ...trust, handle, path: common.PIPE });
    isAdopted(handle);
    socket.on('secureConnect', common.mustCall(() => {
      assert.strictEqual(socket.localAddress, path);
    }));
    socket.on('close', common.mustCall(() => server.close()));
    socket.resume();
  }));
}

// HTTPS.
for (const agent of [false, new https.Agent({ keepAlive: true })]) {
  const server = https.createServer(identity, common.mustCall((request, response) => {
    response.end(String(request.socket.remotePort));
  }));
  server.listen(0, host, common.mustCall(() => {
    const { port } = server.address();
    const { handle, local } = bind({ host });
    https.get({ ...trust, agent, handle, host, port }, common.mustCall((response) => {
      let text = '';
      response.on('data', (chunk) => text += chunk);
      response.on('end', common.mustCall(() => {
        assert.strictEqual(text, String(local));
        if (agent)
          agent.destroy();
        server.close();
      }));
    }));
    isAdopted(handle);
  }));
}

// HTTP/2.
{
  const server = http2.createSecureServer(identity);
  server.on('stream', common.mustCall((stream) => {
    stream.respond();
    stream.end(String(stream.session.socket.remotePort));
  }));
  server.listen(0, host, common.mustCall(() => {
    const { handle, local } = bind({ host });
    const session = http2.connect(
      `https://${host}:${server.address().port}`, { ...trust, handle });
    isAdopted(handle);
    const stream = session.request();
    let text = '';
    stream.on('data', (chunk) => text += chunk);
    stream.on('end', common.mustCall(() => {
      assert.strictEqual(text, String(local));
      session.close();
      server.close();
    }));
  }));
}

// Failures are emitted as 'error' events.
{
  const { handle } = bind({ host });
  const closed = bind({ host });
  closed.handle.close();
  tls.connect({ ...trust, handle, host, port: closed.local })
    .on('error', common.mustCall((error) => {
      assert.strictEqual(error.code, 'ECONNREFUSED');
    }));
}
if (common.hasIPv6) {
  const { handle } = bind({ host: '::1' });
  https.get({ ...trust, handle, host, port: 9 })
    .on('error', common.mustCall((error) => {
      assert.strictEqual(error.syscall, 'connect');
    }));
}

// If an option is refused, the handle is not adopted.
{
  const { handle } = bind({ host });
  for (const refused of [{ pskCallback: 1 }, { signal: 1 }, { timeout: '1' },
                         { ca: 1 }, { localPort: 1 }, { servername: 1 }]) {
    assert.throws(() => tls.connect({ ...trust, handle, host, port: 9, ...refused }),
                  { code: /^ERR_/ });
    assert.strictEqual(handle.address().address, host);
  }

  // The handle is unchanged.
  const server = net.createServer(common.mustCall((peer) => peer.end('hello')));
  server.listen(0, host, common.mustCall(() => {
    const socket = net.connect({ handle, host, port: server.address().port });
    socket.on('data', common.mustCall((data) => {
      assert.strictEqual(data.toString(), 'hello');
      server.close();
    }));
    assert.throws(() => tls.connect({ ...trust, handle, host, port: 9 }),
                  { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  }));
}

// It is also kept if the TLS socket is destroyed before it connects.
{
  const { handle, local } = bind({ host });
  new tls.TLSSocket(null, { handle }).destroy();
  assert.strictEqual(handle.address().port, local);
  handle.close();
}

// If connecting is refused, the handle stays with its owner, and can still
// become a client.
{
  const server = tls.createServer(identity, common.mustCall((peer) => peer.end()));
  server.listen(0, host, common.mustCall(() => {
    const { handle, local } = bind({ host });
    const broken = new Error('lookup');
    const lookup = () => { throw broken; };
    for (const refused of [{ port: 70_000 }, { port: 9, host: 'name', lookup },
                           { path: common.PIPE }]) {
      assert.throws(() => tls.connect({ ...trust, handle, host, ...refused }),
                    refused.lookup ? broken : { code: /^ERR_/ });
      assert.strictEqual(handle.address().port, local);
    }
    const { port } = server.address();
    const socket = tls.connect({ ...trust, handle, host, port }, common.mustCall(() => {
      assert.strictEqual(socket.localPort, local);
    }));
    socket.resume().on('close', common.mustCall(() => server.close()));
  }));
}

// If there is a socket, it is used instead of the handle.
{
  const { handle, local } = bind({ host });
  const socket = new net.Socket();
  tls.connect({ ...trust, handle, socket }).on('error', () => {}).destroy();
  assert.strictEqual(handle.address().port, local);
  handle.close();
}
