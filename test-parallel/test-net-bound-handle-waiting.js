'use strict';

// A socket that adopted a handle waits for connect() like any other, and does
// not leak a descriptor if connect() is never called.

const common = require('../common');
const assert = require('assert');
const { AsyncLocalStorage } = require('async_hooks');
const fs = require('fs');
const net = require('net');

const host = '127.0.0.1';
const bind = () => new net.BoundHandle({ host });

// Returns what a descriptor refers to, since its number may be reused.
const target = (fd) => {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return 'closed';
  }
};

/** Checks that the descriptor of the handle is closed soon. */
function isReleased(fd, was) {
  if (!common.isLinux)
    return;
  setImmediate(common.mustCall(() => assert.notStrictEqual(target(fd), was)));
}

const server = net.createServer({ allowHalfOpen: true }, (peer) => {
  peer.on('error', () => {});
  peer.resume();
  peer.end('hello');
});

server.listen(0, host, common.mustCall(() => {
  const { port } = server.address();
  let left = 4;
  const done = common.mustCall(() => {
    if (--left === 0)
      server.close();
  }, 4);

  // Reading before connect() is not an error.
  {
    const socket = new net.Socket({ handle: bind() });
    assert.strictEqual(socket.pending, true);
    let text = '';
    socket.on('data', (chunk) => text += chunk);
    socket.on('close', common.mustCall(() => {
      assert.strictEqual(text, 'hello');
      done();
    }));
    setImmediate(common.mustCall(() => {
      socket.connect(port, host);
      assert.strictEqual(socket.pending, true);
      socket.on('connect', common.mustCall(() => {
        assert.strictEqual(socket.pending, false);
      }));
    }));
  }

  // A socket that was ended earlier is ended once it has connected.
  {
    const socket = new net.Socket({ handle: bind() });
    let connected = false;
    socket.on('finish', common.mustCall(() => assert.ok(connected)));
    socket.on('close', common.mustCall(done));
    socket.end();
    socket.resume();
    setImmediate(common.mustCall(() => {
      socket.connect(port, host, common.mustCall(() => connected = true));
    }));
  }

  // Null means no local address, with or without a handle.
  {
    const none = { localAddress: null, localPort: null };
    const socket = net.connect({ handle: bind(), host, port, ...none });
    socket.resume();
    socket.on('close', common.mustCall(done));
  }

  // Callbacks run in the context of the code that connects, not of the code
  // that bound.
  {
    const storage = new AsyncLocalStorage();
    const handle = storage.run('bind', bind);
    storage.run('connect', () => {
      const socket = net.connect({ handle, host, port });
      socket.on('data', common.mustCall(() => {
        assert.strictEqual(storage.getStore(), 'connect');
      }));
      socket.on('close', common.mustCall(() => {
        assert.strictEqual(storage.getStore(), 'connect');
        done();
      }));
    });
  }
}));

// The same applies to listening.
{
  const storage = new AsyncLocalStorage();
  const handle = storage.run('bind', bind);
  storage.run('listen', () => {
    const listener = net.createServer(common.mustCall((peer) => {
      assert.strictEqual(storage.getStore(), 'listen');
      peer.destroy();
      listener.close();
    }));
    listener.listen(handle, common.mustCall(() => {
      storage.exit(() => {
        net.connect(listener.address().port, host).on('error', () => {}).resume();
      });
    }));
  });
}

// If the signal was aborted earlier, the socket is destroyed from the start.
{
  const handle = bind();
  const fd = handle.fd();
  const was = common.isLinux ? target(fd) : undefined;
  const socket = new net.Socket({ handle, signal: AbortSignal.abort() });
  socket.on('error', common.mustCall((error) => {
    assert.strictEqual(error.name, 'AbortError');
  }));
  socket.on('close', common.mustCall());
  assert.throws(() => handle.fd(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  isReleased(fd, was);
}

// A TLS socket that wraps one which has yet to connect waits with it.
if (common.hasCrypto) {
  const fixtures = require('../common/fixtures');
  const tls = require('tls');
  const secureServer = tls.createServer({
    key: fixtures.readKey('agent1-key.pem'),
    cert: fixtures.readKey('agent1-cert.pem'),
  }, common.mustCall((peer) => peer.end()));
  secureServer.listen(0, host, common.mustCall(() => {
    const handle = bind();
    const local = handle.address().port;
    const socket = new net.Socket({ handle });
    const secure = tls.connect({ rejectUnauthorized: false, socket });
    secure.on('secureConnect', common.mustCall(() => {
      assert.strictEqual(secure.localPort, local);
    }));
    secure.on('close', common.mustCall(() => secureServer.close()));
    secure.resume();
    setImmediate(common.mustCall(() => socket.connect(secureServer.address().port, host)));
  }));
}
