'use strict';

// process.exit() can be called in any callback of a bound handle, in the main
// thread and in workers.

const common = require('../common');
const assert = require('assert');
const { spawn } = require('child_process');
const net = require('net');
const { Worker } = require('worker_threads');

const host = '127.0.0.1';
const kCode = 42;

if (process.argv[2] === 'end') {
  const where = process.argv[3];
  const end = (here) => {
    if (here === where)
      process.exit(kCode);
  };
  const bind = () => new net.BoundSocket({ host });
  const server = net.createServer((connection) => {
    end('connection');
    connection.end();
  });
  server.listen(bind(), () => {
    end('listening');
    const client = net.connect({ handle: bind(), host, port: server.address().port });
    client.on('connect', () => end('connect'));
    client.on('end', () => end('end'));
    client.on('close', () => {
      end('close');
      server.close();
    });
    client.resume();
  });
  if (where === 'exit') {
    setImmediate(() => process.exit(kCode));
    process.on('exit', bind);
  }
  return;
}

for (const where of ['listening', 'connection', 'connect', 'end', 'close', 'exit']) {
  const check = common.mustCall((code) => assert.strictEqual(code, kCode, where), 2);
  spawn(process.execPath, [__filename, 'end', where], { stdio: 'inherit' })
    .on('exit', check);
  new Worker(__filename, { argv: ['end', where] }).on('exit', check);
}
