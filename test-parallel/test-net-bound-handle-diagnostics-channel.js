'use strict';

// Diagnostics channels report operations on bound handles like any others.

const common = require('../common');
const assert = require('assert');
const dc = require('diagnostics_channel');
const net = require('net');

const host = '127.0.0.1';
const bind = (port) => new net.BoundSocket({ host, port });

// What was published about each object.
const published = new Map();
for (const name of ['net.client.socket', 'net.server.socket']) {
  dc.subscribe(name, ({ socket }) => published.set(socket, name));
}
for (const name of ['asyncStart', 'asyncEnd', 'error']) {
  dc.subscribe(`tracing:net.server.listen:${name}`, ({ server, options, error }) => {
    const events = published.get(server) ?? [];
    events.push({ name, options, error });
    published.set(server, events);
  });
}
const namesOf = (server) => published.get(server).map(({ name }) => name);

const bound = bind();
const { port } = bound.address();
// Nothing listens yet, so the port can be bound twice on Linux.
const late = common.isLinux ? bind(port) : undefined;

const server = net.createServer(common.mustCall((connection) => {
  // This is published after the event was emitted.
  setImmediate(common.mustCall(() => {
    assert.strictEqual(published.get(connection), 'net.server.socket');
  }));
  connection.end();
}));
server.listen({ handle: bound }, common.mustCall(() => {
  assert.deepStrictEqual(namesOf(server), ['asyncStart', 'asyncEnd']);
  assert.strictEqual(published.get(server)[0].options.handle, bound);

  const client = net.connect({ handle: bind(), host, port });
  assert.strictEqual(published.get(client), 'net.client.socket');
  client.on('close', common.mustCall(() => {
    if (late === undefined)
      server.close();
    else
      failToListen();
  }));
  client.resume();
}));

function failToListen() {
  const failing = net.createServer();
  failing.on('error', common.mustCall((err) => {
    assert.strictEqual(err.code, 'EADDRINUSE');
    assert.deepStrictEqual(namesOf(failing), ['asyncStart', 'error']);
    assert.strictEqual(published.get(failing)[1].error, err);
    server.close();
  }));
  failing.listen(late, common.mustNotCall());
}
