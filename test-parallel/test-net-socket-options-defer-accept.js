'use strict';

// With TCP_DEFER_ACCEPT set before listen(2), a connection is not reported
// before it has sent data.

const common = require('../common');
if (!common.isLinux)
  common.skip('TCP_DEFER_ACCEPT is for Linux');

const assert = require('assert');
const net = require('net');
const { once } = require('events');

const { IPPROTO_TCP, TCP_DEFER_ACCEPT } = net.constants;

const host = '127.0.0.1';
const socketOptions = [[IPPROTO_TCP, TCP_DEFER_ACCEPT, 30]];

async function main() {
  for (const [deferred, options] of [
    [true, { host, port: 0, socketOptions }],
    [true, { handle: new net.BoundSocket({ host }), socketOptions }],
    [true, { handle: new net.BoundSocket({ host, socketOptions }) }],
    [false, { host, port: 0 }],
  ]) {
    const server = net.createServer();
    const events = [];
    server.on('connection', (connection) => {
      events.push('connection');
      connection.once('data', (chunk) => {
        events.push(`${chunk}`);
        connection.end();
      });
    });
    server.listen(options);
    await once(server, 'listening');

    const client = net.connect(server.address().port, host);
    client.resume();
    await once(client, 'connect');
    // Other connections show that the server has had enough time.
    const probe = net.connect(server.address().port, host);
    probe.end('probe');
    await once(probe.resume(), 'close');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepStrictEqual(
      events,
      deferred ? ['connection', 'probe'] : ['connection', 'connection', 'probe']);

    client.write('hello');
    await once(client, 'close');
    assert.deepStrictEqual(
      events.slice(-2), deferred ? ['connection', 'hello'] : ['probe', 'hello']);
    server.close();
  }
}

main().then(common.mustCall());
