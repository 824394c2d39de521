'use strict';

// With round-robin scheduling, a worker has only the connections, but not the
// listening socket. Otherwise, it has both.

const common = require('../common');
const assert = require('assert');
const cluster = require('cluster');
const dgram = require('dgram');
const net = require('net');

const { SOL_SOCKET, SO_KEEPALIVE, SO_RCVBUF } = net.constants;

function works(object) {
  assert.strictEqual(object.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1), object);
  assert.notStrictEqual(object.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
  assert.strictEqual(object.getsockopt(SOL_SOCKET, SO_KEEPALIVE, 4).length, 4);
}

function shared(object) {
  for (const [method, ...args] of [['setsockopt', 1],
                                   ['setsockopt', 'text'],
                                   ['setsockopt', new Uint8Array(4)],
                                   ['getsockopt'],
                                   ['getsockopt', 4]]) {
    assert.throws(() => object[method](SOL_SOCKET, SO_KEEPALIVE, ...args),
                  { code: 'ERR_SOCKET_HANDLE_SHARED', name: 'Error' });
  }
  assert.throws(() => object.getsockopt(undefined, SO_KEEPALIVE),
                { code: 'ERR_INVALID_ARG_TYPE' });
}

if (cluster.isPrimary) {
  // Run the policies one after the other, because the policy is read at the
  // first fork().
  if (process.argv[2] === undefined) {
    const { fork } = require('child_process');
    for (const policy of ['rr', 'none']) {
      fork(__filename, [policy]).on('exit', common.mustCall((code) => {
        assert.strictEqual(code, 0, policy);
      }));
    }
    return;
  }
  cluster.schedulingPolicy = process.argv[2] === 'rr' ? cluster.SCHED_RR :
    cluster.SCHED_NONE;
  cluster.fork({ POLICY: process.argv[2] })
    .on('exit', common.mustCall((code) => assert.strictEqual(code, 0)));
  return;
}

const server = net.createServer(common.mustCall((connection) => {
  works(connection);
  connection.end();
  server.close(common.mustCall(() => {
    assert.throws(() => server.getsockopt(SOL_SOCKET, SO_KEEPALIVE),
                  { code: 'ERR_SERVER_NOT_RUNNING' });
    next();
  }));
}));
server.listen(0, '127.0.0.1', common.mustCall(() => {
  if (process.env.POLICY === 'rr')
    shared(server);
  else
    works(server);
  net.connect(server.address().port, '127.0.0.1').resume();
}));

// A socket of the worker itself has options, regardless of the policy.
function next() {
  const own = net.createServer();
  own.listen({
    host: '127.0.0.1',
    port: 0,
    exclusive: true,
  }, common.mustCall(() => {
    works(own);
    own.close();

    const udp = dgram.createSocket('udp4');
    udp.bind({
      address: '127.0.0.1',
      port: 0,
      exclusive: common.isWindows,
    }, common.mustCall(() => {
      const size = udp.getsockopt(SOL_SOCKET, SO_RCVBUF);
      udp.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
      assert.notStrictEqual(udp.getsockopt(SOL_SOCKET, SO_RCVBUF), size);
      udp.close();
      process.disconnect();
    }));
  }));
}
