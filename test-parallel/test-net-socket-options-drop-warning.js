'use strict';

// A server whose acceptedSocketOptions fail says so, once, unless somebody
// listens for 'drop'.

const common = require('../common');
const assert = require('assert');
const http = require('http');
const net = require('net');
const { once } = require('events');

const { IPPROTO_TCP } = net.constants;

const host = '127.0.0.1';
const acceptedSocketOptions = [[IPPROTO_TCP, 9999, 1]];

const warnings = [];
process.on('warning', ({ name, message }) => {
  // What test/common looks at may be experimental.
  if (name !== 'ExperimentalWarning')
    warnings.push(message);
});

async function dropsThree(server) {
  await once(server.listen(0, host), 'listening');
  for (let i = 0; i < 3; i++) {
    const socket = net.connect(server.address().port, host);
    socket.on('error', () => {});
    await once(socket.resume(), 'close');
  }
  server.close();
  // Warnings are emitted in the next tick.
  await new Promise((resolve) => setImmediate(resolve));
  return warnings.splice(0);
}

async function main() {
  for (const { createServer } of [net, http]) {
    const [warning, ...others] = await dropsThree(createServer({ acceptedSocketOptions }));
    assert.match(warning, /acceptedSocketOptions\[0\] \(IPPROTO_TCP, 9999\).*'drop'/);
    assert.deepStrictEqual(others, []);
    const heard = createServer({ acceptedSocketOptions });
    heard.on('drop', common.mustCall(3));
    assert.deepStrictEqual(await dropsThree(heard), []);
  }
}
main().then(common.mustCall());
