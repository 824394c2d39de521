'use strict';

// setsockopt() records options in all states in which there is no socket yet.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IP, IP_TTL } = net.constants;
const host = '127.0.0.1';

function waits(socket) {
  assert.strictEqual(socket.setsockopt(IPPROTO_IP, IP_TTL, 41), socket);
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 41);
  assert.deepStrictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL, 4), Buffer.from(new Int32Array([41]).buffer));
}

// A socket that was never connected.
const socket = new net.Socket();
waits(socket);
socket.destroy();
assert.throws(() => socket.setsockopt(IPPROTO_IP, IP_TTL, 41), { code: 'ERR_SOCKET_CLOSED' });

// One whose host is being looked up.
const server = net.createServer((connection) => connection.end());
server.listen(0, host, common.mustCall(() => {
  const client = new net.Socket();
  client.connect({
    host: 'name.invalid',
    port: server.address().port,
    autoSelectFamily: false,
    lookup: common.mustCall((name, options, callback) => {
      waits(client);
      setImmediate(common.mustCall(() => {
        waits(client);
        callback(null, host, 4);
      }));
    }),
  }, common.mustCall(() => {
    assert.strictEqual(client.getsockopt(IPPROTO_IP, IP_TTL), 41);
    client.resume();
    server.close();
  }));
  waits(client);
}));

// Datagram sockets that are not bound yet, or are being bound.
const unbound = dgram.createSocket('udp4');
waits(unbound);
unbound.close();
assert.throws(() => unbound.setsockopt(IPPROTO_IP, IP_TTL, 41), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });

const uses = [
  (datagrams, port, done) => datagrams.connect(port, host, done),
  (datagrams, port, done) => datagrams.send('text', port, host, common.mustSucceed(done)),
];
const bound = dgram.createSocket('udp4');
bound.bind(0, host, common.mustCall(() => {
  assert.strictEqual(bound.getsockopt(IPPROTO_IP, IP_TTL), 41);
  let left = uses.length;
  for (const use of uses) {
    const datagrams = dgram.createSocket('udp4');
    use(datagrams, bound.address().port, common.mustCall(() => {
      assert.strictEqual(datagrams.getsockopt(IPPROTO_IP, IP_TTL), 41);
      datagrams.close();
      if (--left === 0)
        bound.close();
    }));
    waits(datagrams);
  }
}));
waits(bound);
