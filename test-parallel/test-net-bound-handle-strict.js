'use strict';

// A BoundSocket keeps its socket until nothing can fail anymore.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const host = '127.0.0.1';
const isOwner = (bound) => assert.strictEqual(typeof bound.fd(), 'number');

{
  const bound = new net.BoundSocket({ host });
  const server = net.createServer();
  const broken = new Error('no buffer');
  assert.throws(() => new net.Socket({
    handle: bound,
    onread: { buffer() { throw broken; }, callback() {} },
  }), broken);
  isOwner(bound);
  for (const refused of [{ highWaterMark: 'high' }, { signal: 1 }]) {
    assert.throws(() => new net.Socket({ handle: bound, ...refused }), { code: /^ERR_/ });
    isOwner(bound);
  }

  // The handle still works afterwards.
  server.listen({ handle: bound, backlog: '1' }, common.mustCall(() => {
    const client = net.connect(server.address().port, host);
    client.on('connect', common.mustCall(() => client.destroy()));
  }));
  server.on('connection', common.mustCall((peer) => {
    peer.destroy();
    server.close();
  }));
}
