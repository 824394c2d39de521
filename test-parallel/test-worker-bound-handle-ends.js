'use strict';

// Everything that a thread has bound is released, however the thread ends.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const path = require('path');
const { Worker, parentPort, workerData } = require('worker_threads');
const tmpdir = require('../common/tmpdir');

const host = '127.0.0.1';

if (process.argv[2] === 'thread') {
  const open = [
    new net.BoundSocket({ host }),
    new net.BoundSocket({ host, exclusive: true }),
    new net.BoundSocket({ host, shared: true }),
  ];
  open.push(open[1].clone());
  if (!common.isWindows)
    open.push(new net.BoundSocket({ path: workerData.file }).clone());
  const server = net.createServer();
  server.listen(new net.BoundSocket({ host }));
  parentPort.postMessage([...open.slice(0, 3), server].map((it) => it.address().port));
  switch (workerData.end) {
    case 'memory':
      setImmediate(() => {
        const filled = [];
        while (true)
          filled.push(new Array(10_000).fill(open));
      });
      break;
    case 'busy':
      while (true);
    case 'exit':
      setImmediate(() => process.exit(1));
      break;
    case 'throw':
      setImmediate(() => { throw new Error('the end'); });
  }
  return;
}

tmpdir.refresh();

function test(end, error) {
  const file = path.join(tmpdir.path, end);
  const worker = new Worker(__filename, {
    argv: ['thread'],
    workerData: { end, file },
    resourceLimits: end === 'memory' ?
      { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 } : {},
  });
  let ports;
  worker.on('message', common.mustCall((message) => {
    ports = message;
    if (end === 'busy' || end === 'terminate')
      worker.terminate();
  }));
  if (error !== undefined)
    worker.on('error', common.mustCall((err) => assert.match(`${err.code} ${err.message}`, error)));
  worker.on('exit', common.mustCall(() => {
    for (const port of ports)
      new net.BoundSocket({ host, port, exclusive: true }).close();
    assert.strictEqual(fs.existsSync(file), false);
  }));
}

test('terminate');
test('busy');
test('exit');
test('throw', /the end/);
test('memory', /ERR_WORKER_OUT_OF_MEMORY/);
