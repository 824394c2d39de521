'use strict';

// Connections made from a bound handle appear in the performance timeline.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const { PerformanceObserver } = require('perf_hooks');

const host = '127.0.0.1';
const entries = [];
const observer = new PerformanceObserver(common.mustCallAtLeast((list) => {
  entries.push(...list.getEntries());
}));
observer.observe({ type: 'net' });

const server = net.createServer((connection) => connection.end());
server.listen(new net.BoundSocket({ host }), common.mustCall(() => {
  const { port } = server.address();
  const client = net.connect({ handle: new net.BoundSocket({ host }), host, port });
  client.on('close', common.mustCall(() => server.close()));
  client.resume();

  process.on('exit', () => {
    assert.strictEqual(entries.length, 1);
    const [{ name, entryType, duration, detail }] = entries;
    assert.strictEqual(name, 'connect');
    assert.strictEqual(entryType, 'net');
    assert.ok(duration >= 0);
    assert.deepStrictEqual(detail, { host, port });
  });
}));
