'use strict';

// A client connects from the socket that was bound earlier and, like any
// client, reports failures later, using an event.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const make = () => new net.BoundSocket({ host: '127.0.0.1' });

// Makes a name resolve to a single address, regardless of the hosts file.
function lookup(name, options, callback) {
  if (options.all)
    callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else
    callback(null, '127.0.0.1', 4);
}

let left = 0;
const server = net.createServer(common.mustCallAtLeast((connection) => {
  connection.end(`${connection.remoteAddress} ${connection.remotePort}`);
}));
function done() {
  if (--left === 0)
    server.close();
}

function fromPort(socket, port) {
  left++;
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', common.mustNotCall());
  socket.on('data', (chunk) => text += chunk);
  socket.on('connect', common.mustCall(() => {
    assert.strictEqual(socket.localAddress, '127.0.0.1');
    assert.strictEqual(socket.localPort, port);
    assert.strictEqual(socket.localFamily, 'IPv4');
  }));
  socket.on('close', common.mustCall((hadError) => {
    assert.strictEqual(hadError, false);
    // The address and port that the server saw.
    assert.strictEqual(text, `127.0.0.1 ${port}`);
    done();
  }));
}

server.listen(0, '127.0.0.1', common.mustCall(() => {
  const { port } = server.address();

  // All ways to pass the handle and the target.
  for (const connect of [
    (handle) => new net.Socket({ handle }).connect(port, '127.0.0.1'),
    (handle) => new net.Socket({ handle }).connect({ port, host: '127.0.0.1' }),
    (handle) => net.connect({ handle, port, host: '127.0.0.1' }),
    (handle) => net.createConnection({ handle, port, host: '127.0.0.1' }),
    (handle) => net.connect({ handle, port, host: '127.0.0.1', noDelay: true,
                              keepAlive: true, timeout: 60_000 }),
    (handle) => net.connect({ handle, port, host: 'localhost', lookup }),
    (handle) => net.connect({ handle, port, host: 'localhost', family: 4 }),
    (handle) => net.connect({ handle, port, lookup }),
    (handle) => net.connect({ handle, port, host: '127.0.0.1', family: 4 }),
  ]) {
    const handle = make();
    const local = handle.address().port;
    fromPort(connect(handle), local);
    assert.throws(() => handle.close(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
  }

  // A port that was reserved and then released using close().
  {
    const first = make();
    const local = first.address().port;
    first.close();
    const handle = new net.BoundSocket({ host: '127.0.0.1', port: local });
    fromPort(net.connect({ handle, port, host: '127.0.0.1' }), local);
  }

  // Data that is written before the connection is established.
  {
    left++;
    const echo = net.createServer((connection) => connection.pipe(connection));
    echo.listen(make(), common.mustCall(() => {
      const socket = new net.Socket({ handle: make() });
      socket.connect(echo.address().port, '127.0.0.1');
      assert.strictEqual(socket.connecting, true);
      socket.end('early');
      let text = '';
      socket.on('data', (chunk) => text += chunk);
      socket.on('close', common.mustCall(() => {
        assert.strictEqual(text, 'early');
        echo.close();
        done();
      }));
    }));
  }

  // A wildcard address is replaced with the address of the route.
  {
    left++;
    const handle = new net.BoundSocket();
    const local = handle.address().port;
    const socket = net.connect({ handle, port, host: '127.0.0.1' });
    socket.on('connect', common.mustCall(() => {
      assert.strictEqual(socket.localAddress, '127.0.0.1');
      assert.strictEqual(socket.localPort, local);
    }));
    socket.on('close', common.mustCall(done)).resume();
  }

  // A destroyed socket can be reused, but without the handle that it adopted.
  {
    left++;
    const handle = make();
    const local = handle.address().port;
    const socket = new net.Socket({ handle });
    socket.destroy();
    socket.once('close', common.mustCall(() => {
      // The port is free again.
      const again = new net.BoundSocket({ host: '127.0.0.1', port: local });
      socket.connect(port, '127.0.0.1', common.mustCall(() => {
        assert.notStrictEqual(socket.localPort, local);
        again.close();
        socket.resume();
        socket.once('close', common.mustCall(done));
      }));
    }));
  }
}));
