'use strict';

// A socket that is destroyed and connected again in the same tick connects to
// the second address alone, with a bound socket or without.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const host = '127.0.0.1';
const wrong = net.createServer(common.mustNotCall());
const right = net.createServer((peer) => peer.on('error', () => {}).resume());
const lookup = (name, options, callback) => setImmediate(() => {
  if (options.all)
    callback(null, [{ address: host, family: 4 }]);
  else
    callback(null, host, 4);
});

wrong.listen(0, host, common.mustCall(() => {
  right.listen(0, host, common.mustCall(() => {
    const kinds = [
      { host },
      { host: 'name', lookup, autoSelectFamily: true },
      { host: 'name', lookup, autoSelectFamily: false },
      { host: 'name', lookup, handle: () => new net.BoundSocket({ host }) },
    ];
    let left = kinds.length;
    for (const kind of kinds) {
      const socket = new net.Socket();
      socket.on('error', common.mustNotCall());
      socket.connect({ ...kind, port: wrong.address().port });
      socket.destroy();
      socket.connect({ ...kind, port: right.address().port });
      socket.on('connect', common.mustCall(() => setImmediate(common.mustCall(() => {
        assert.strictEqual(socket.remotePort, right.address().port);
        socket.destroy();
        if (--left > 0)
          return;
        right.close();
        wrong.close();
      }))));
    }
  }));
}));

// The error of an attempt does not end one that is made after it in the same
// tick.
{
  const server = net.createServer((peer) => peer.resume());
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    const socket = new net.Socket({ handle: new net.BoundSocket({ host: '127.0.0.1' }) });
    // Only a socket with SO_BROADCAST may connect to this address.
    socket.on('error', () => {});
    socket.on('connect', common.mustCall(() => setImmediate(common.mustCall(() => {
      assert.strictEqual(socket.destroyed, false);
      socket.destroy();
      server.close();
    }))));
    socket.connect(1, '255.255.255.255');
    socket.destroy();
    socket.connect(server.address().port, '127.0.0.1');
  }));
}

// Nor do several attempts to connect, whether they end or run out of time.
for (const isLate of [false, true]) {
  const server = net.createServer((peer) => peer.resume());
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    const { port } = server.address();
    const socket = new net.Socket();
    socket.on('error', common.mustNotCall());
    const again = common.mustCall(() => {
      socket.destroy();
      socket.connect(port, '127.0.0.1', common.mustCall(() => {
        assert.strictEqual(socket.remoteAddress, '127.0.0.1');
        socket.destroy();
        server.close();
      }));
    });
    socket.once('connectionAttempt', common.mustCall(() => {
      if (!isLate) {
        process.nextTick(again);
        return;
      }
      // Before the attempt's own timer, in the same turn of the event loop.
      setTimeout(again, 10);
      process.nextTick(() => {
        const end = Date.now() + 50;
        while (Date.now() < end);
      });
    }));
    const addresses = ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, family: 4 }));
    // After this, handles close before connections are made.
    setImmediate(() => socket.connect({
      port,
      host: 'several.example',
      lookup: (host, options, callback) => callback(null, addresses),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: 10,
    }));
  }));
}
