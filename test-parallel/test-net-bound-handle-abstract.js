'use strict';

// Names in the abstract namespace of Linux, which are not files.

const common = require('../common');
const assert = require('assert');
const net = require('net');

if (!common.isLinux) {
  assert.throws(() => new net.BoundSocket({ path: '\0abstract' }),
                { code: 'ERR_INVALID_ARG_VALUE' });
  common.skip('there is no abstract namespace');
}

const fs = require('fs');

let number = 0;
const next = () => `\0test-net-bound-handle-${process.pid}-${number++}`;
const kernel = (name) =>
  fs.readFileSync('/proc/net/unix', 'latin1').split('\n')
    .filter((line) => line.endsWith(` ${name.replace('\0', '@')}`)).length;
const files = fs.readdirSync('.').sort();

// The name is reserved until the handle is closed.
for (const method of ['close', Symbol.dispose ?? 'close']) {
  const path = next();
  assert.strictEqual(kernel(path), 0);
  const bound = new net.BoundSocket({ path });
  assert.strictEqual(bound.isPipe, true);
  assert.strictEqual(bound.address(), path);
  assert.ok(fs.fstatSync(bound.fd()).isSocket());
  // The name has exactly the given bytes.
  assert.strictEqual(kernel(path), 1);
  assert.throws(() => new net.BoundSocket({ path }),
                { code: 'EADDRINUSE', syscall: 'bind' });
  new net.BoundSocket({ path: `${path}x` }).close();
  new net.BoundSocket({ path: path.slice(0, -1) }).close();
  bound[method]();
  assert.strictEqual(kernel(path), 0);
  new net.BoundSocket({ path }).close();
}

// The longest name that fits, and one that is too long.
{
  const path = next().padEnd(108, 'x');
  const bound = new net.BoundSocket({ path });
  assert.strictEqual(bound.address(), path);
  assert.strictEqual(kernel(path), 1);
  bound.close();
  assert.throws(() => new net.BoundSocket({ path: `${path}x` }),
                { code: 'EINVAL', syscall: 'bind' });
}

// A server, and a client with its own name.
const path = next();
const source = next();
const bound = new net.BoundSocket({ path });
const server = net.createServer(common.mustCall((connection) => {
  connection.end('served');
}));
server.listen(bound, common.mustCall(() => {
  assert.strictEqual(server.address(), path);
  assert.throws(() => bound.close(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  const handle = new net.BoundSocket({ path: source });
  const socket = net.connect({ handle, path });
  assert.strictEqual(socket.localAddress, source);
  socket.on('connect', common.mustCall(() => {
    assert.strictEqual(socket.localAddress, source);
    assert.strictEqual(kernel(source), 1);
  }));
  let text = '';
  socket.on('data', (chunk) => text += chunk);
  socket.on('close', common.mustCall(() => {
    assert.strictEqual(text, 'served');
    assert.strictEqual(kernel(source), 0);
    server.close(common.mustCall(() => {
      setImmediate(common.mustCall(() => {
        assert.strictEqual(kernel(path), 0);
        // The name of a closed server is free, and no file was ever created.
        new net.BoundSocket({ path }).close();
        assert.deepStrictEqual(fs.readdirSync('.').sort(), files);
      }));
    }));
  }));
}));
assert.throws(() => new net.BoundSocket({ path }), { code: 'EADDRINUSE' });
