'use strict';

// A UDP socket has options from the time it is bound, using any method, until
// it is closed.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IP, IP_TTL } = net.constants;

function refuses(socket, code) {
  for (const [method, ...args] of [['setsockopt', 1],
                                   ['setsockopt', true],
                                   ['setsockopt', 'text'],
                                   ['setsockopt', new Uint8Array(4)],
                                   ['getsockopt'],
                                   ['getsockopt', 4]]) {
    assert.throws(() => socket[method](IPPROTO_IP, IP_TTL, ...args),
                  { code, name: 'Error' });
  }
}

function works(socket) {
  assert.strictEqual(socket.setsockopt(IPPROTO_IP, IP_TTL, 42), socket);
  assert.strictEqual(socket.getsockopt(IPPROTO_IP, IP_TTL), 42);
}

function closes(socket) {
  socket.close(common.mustCall(() => {
    refuses(socket, 'ERR_SOCKET_DGRAM_NOT_RUNNING');
  }));
  refuses(socket, 'ERR_SOCKET_DGRAM_NOT_RUNNING');
}

const unbound = dgram.createSocket('udp4');
closes(unbound);

const bound = dgram.createSocket('udp4');
bound.bind(0, '127.0.0.1', common.mustCall(() => {
  works(bound);

  const connecting = dgram.createSocket('udp4');
  connecting.connect(bound.address().port, '127.0.0.1', common.mustCall(() => {
    works(connecting);
    connecting.disconnect();
    works(connecting);
    closes(connecting);
  }));

  const sending = dgram.createSocket('udp4');
  sending.send('text', bound.address().port, '127.0.0.1',
               common.mustSucceed(() => {
                 works(sending);
                 closes(sending);
               }));
}));
bound.on('message', common.mustCall(() => {
  works(bound);
  closes(bound);
}));

// Closed while bind() is pending.
const early = dgram.createSocket('udp4');
early.bind(0, '127.0.0.1');
closes(early);
