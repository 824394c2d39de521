'use strict';

// A subscriber of diagnostics_channel can give options to servers that others
// have listen, or a bound socket to listen on.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { tracingChannel } = require('diagnostics_channel');
const { once } = require('events');

const { SOL_SOCKET, SO_RCVBUF } = net.constants;

const host = '127.0.0.1';
const factor = common.isLinux ? 2 : 1;

let give;
tracingChannel('net.server.listen').subscribe({
  asyncStart: ({ options }) => Object.assign(options, give),
});

const buffer = (server) => server.getsockopt(SOL_SOCKET, SO_RCVBUF) / factor;

async function main() {
  give = { socketOptions: [[SOL_SOCKET, SO_RCVBUF, 30_000]] };
  for (const args of [[0, host], [0], [], [{ port: 0, host }], ...common.isWindows ? [] : [[common.PIPE]]]) {
    const server = net.createServer();
    await once(server.listen(...args), 'listening');
    assert.strictEqual(buffer(server), 30_000);
    server.close();
  }

  // What is wrong with them is reported as if they had been passed to listen().
  give = { socketOptions: [[SOL_SOCKET, 9999, 1]] };
  const server = net.createServer();
  const [error] = await once(server.listen(0, host), 'error');
  assert.strictEqual(error.syscall, 'setsockopt');
  give = { socketOptions: 1 };
  assert.throws(() => server.listen(0, host), { code: 'ERR_INVALID_ARG_TYPE' });

  const handle = new net.BoundSocket({ host });
  const { port } = handle.address();
  give = { handle };
  await once(server.listen(0, host), 'listening');
  assert.strictEqual(server.address().port, port);

  // It listens already, whatever it is given.
  give = { socketOptions: 1 };
  assert.throws(() => server.listen(0, host), { code: 'ERR_SERVER_ALREADY_LISTEN' });
  server.close();
}
require('../common/tmpdir').refresh();
main().then(common.mustCall());
