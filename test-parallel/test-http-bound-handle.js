'use strict';

// Uses HTTP over bound handles: one for the server, and one for each request of
// a client.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');

const make = () => new net.BoundSocket({ host: '127.0.0.1' });
const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED', name: 'Error' };

function read(response, done) {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk) => text += chunk);
  response.on('end', common.mustCall(() => done(text)));
}

const bound = make();
const { port } = bound.address();
const server = http.createServer((request, response) => {
  assert.strictEqual(request.socket.localPort, port);
  response.end(`${request.socket.remotePort} ${request.url}`);
});
let left = 0;
const agents = [];
function done() {
  if (--left > 0)
    return;
  agents.forEach((agent) => agent.destroy());
  server.close();
  server.closeAllConnections();
}

server.listen(bound, common.mustCall(() => {
  assert.strictEqual(server.address().port, port);
  assert.throws(() => bound.address(), gone);

  // Every kind of agent passes the handle on.
  const dying = new http.Agent();
  agents.push(dying);
  for (const options of [{}, { agent: false }, { agent: dying },
                         { agent: undefined }]) {
    for (const method of ['get', 'request']) {
      left++;
      const handle = make();
      const local = handle.address().port;
      const request = http[method]({
        host: '127.0.0.1',
        port,
        path: '/one',
        handle,
        ...options,
      }, common.mustCall((response) => {
        assert.strictEqual(response.socket.localPort, local);
        read(response, (text) => {
          assert.strictEqual(text, `${local} /one`);
          done();
        });
      }));
      if (method === 'request')
        request.end();
    }
  }

  // Using a URL, and with a body.
  {
    left++;
    const handle = make();
    const local = handle.address().port;
    const request = http.request(`http://127.0.0.1:${port}/two`, {
      handle,
      method: 'POST',
    }, common.mustCall((response) => {
      read(response, (text) => {
        assert.strictEqual(text, `${local} /two`);
        done();
      });
    }));
    request.end('x'.repeat(1e5));
  }

  // A kept-alive connection serves the next request from the same port.
  {
    left++;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    const handle = make();
    const local = handle.address().port;
    const target = { host: '127.0.0.1', port, agent };
    http.get({ ...target, path: '/three', handle }, common.mustCall((first) => {
      const { socket } = first;
      read(first, (text) => {
        assert.strictEqual(text, `${local} /three`);
        assert.throws(() => handle.address(), gone);
        // The socket is back in the pool by then.
        socket.once('free', common.mustCall(() => setImmediate(() => {
          const request = http.get({ ...target, path: '/four' }, common.mustCall((second) => {
            assert.strictEqual(second.socket, socket);
            read(second, (text) => {
              assert.strictEqual(text, `${local} /four`);
              done();
            });
          }));
          request.on('socket', common.mustCall(() => {
            assert.strictEqual(request.reusedSocket, true);
          }));
        })));
      });
    }));
  }

  // A handle that was closed.
  {
    left++;
    const handle = make();
    handle.close();
    const options = { host: '127.0.0.1', port, handle };
    assert.throws(() => http.get({ ...options, agent: false }), gone);
    done();
  }

  // The createConnection() option of the request gets the same options.
  {
    left++;
    const handle = make();
    const local = handle.address().port;
    http.get({
      host: '127.0.0.1',
      port,
      path: '/five',
      createConnection: common.mustCall((options) => {
        return net.connect({ ...options, handle });
      }),
    }, common.mustCall((response) => {
      read(response, (text) => {
        assert.strictEqual(text, `${local} /five`);
        done();
      });
    }));
  }

  // An upgrade keeps the socket.
  {
    left++;
    const handle = make();
    const local = handle.address().port;
    server.once('upgrade', common.mustCall((request, socket) => {
      assert.strictEqual(socket.remotePort, local);
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n' +
                 'Connection: Upgrade\r\n\r\n');
    }));
    http.get({
      host: '127.0.0.1',
      port,
      handle,
      headers: { Connection: 'Upgrade', Upgrade: 'x' },
    }).on('upgrade', common.mustCall((response, socket) => {
      assert.strictEqual(socket.localPort, local);
      socket.on('close', done).resume();
      socket.end();
    }));
  }

  // Aborting the request.
  {
    left++;
    const controller = new AbortController();
    const handle = make();
    const local = handle.address().port;
    const request = http.get({
      host: '127.0.0.1',
      port,
      handle,
      signal: controller.signal,
    }, common.mustNotCall());
    request.on('error', common.mustCall((err) => {
      assert.strictEqual(err.name, 'AbortError');
    }));
    request.on('close', common.mustCall(() => setImmediate(() => {
      // The port is free again.
      new net.BoundSocket({ host: '127.0.0.1', port: local }).close();
      done();
    })));
    request.on('socket', common.mustCall(() => controller.abort()));
  }
}));

// A server on a path.
if (!common.isWindows) {
  const tmpdir = require('../common/tmpdir');
  tmpdir.refresh();
  const fs = require('fs');
  const path = common.PIPE;
  const server = http.createServer(common.mustCall((request, response) => {
    response.end(request.url);
  }));
  server.listen(new net.BoundSocket({ path }), common.mustCall(() => {
    assert.strictEqual(server.address(), path);
    const source = `${path}c`;
    http.get({
      socketPath: path,
      path: '/pipe',
      handle: new net.BoundSocket({ path: source }),
      agent: false,
    }, common.mustCall((response) => {
      assert.strictEqual(response.socket.localAddress, source);
      read(response, (text) => {
        assert.strictEqual(text, '/pipe');
        response.socket.on('close', common.mustCall(() => {
          assert.strictEqual(fs.existsSync(source), false);
        }));
        server.close(common.mustCall(() => {
          assert.strictEqual(fs.existsSync(path), false);
        }));
      });
    }));
  }));
}
