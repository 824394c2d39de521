'use strict';

// Closing a shared socket may take as long as SO_LINGER says. Other threads can
// share addresses in the meantime.

const common = require('../common');
if (!common.isLinux)
  common.skip('elsewhere, closing a nonblocking socket does not linger');

const assert = require('assert');
const net = require('net');
const { once } = require('events');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

const host = '127.0.0.1';
const share = () => new net.BoundSocket({ host, shared: true });

if (!isMainThread) {
  const { port, seconds } = workerData;
  const socket = net.connect({ handle: share(), host, port }, () => {
    const { SOL_SOCKET, SO_LINGER } = net.constants;
    const value = new Uint8Array(new Int32Array([1, seconds]).buffer);
    socket.setsockopt(SOL_SOCKET, SO_LINGER, value);
    // More than anybody receives.
    socket.write(Buffer.alloc(16e6));
    parentPort.postMessage('closing');
    setTimeout(() => {
      const begin = Date.now();
      socket.destroy();
      parentPort.postMessage({ begin, end: Date.now() });
    }, 50);
  });
  return;
}

(async () => {
  const sink = net.createServer({ pauseOnConnect: true });
  sink.listen(0, host);
  await once(sink, 'listening');
  const [[connection], taken] = await Promise.all([
    once(sink, 'connection'),
    (async () => {
      const { port } = sink.address();
      const worker = new Worker(__filename, { workerData: { port, seconds: 2 } });
      // It may end along with its last message.
      const exited = once(worker, 'exit');
      await once(worker, 'message');
      let times;
      worker.on('message', (message) => times = message);
      const ends = [];
      while (!times) {
        const begin = Date.now();
        share().close();
        ends.push({ begin, end: Date.now() });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await exited;
      return { times, ends };
    })(),
  ]);
  connection.destroy();
  sink.close();
  const { times, ends } = taken;
  assert.ok(times.end - times.begin > 1500, `it took ${times.end - times.begin} ms`);
  const during = ends.filter(({ begin, end }) => begin > times.begin && end < times.end);
  assert.ok(during.length > 1, `${during.length} in ${times.end - times.begin} ms`);
})().then(common.mustCall());
