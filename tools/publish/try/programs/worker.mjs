// A port that is bound here and served in another thread.

import net from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

if (isMainThread) {
  const bound = new net.BoundHandle({ host: '127.0.0.1', exclusive: true });
  const { port } = bound.address();
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: bound, transferList: [bound], execArgv: [] });
  worker.once('message', () => net.connect(port, '127.0.0.1').resume());
  worker.once('exit', (code) => { if (code === 0) console.log('worker'); });
} else {
  const server = net.createServer((peer) => {
    peer.end();
    server.close(() => parentPort.close());
  });
  server.listen(workerData, () => parentPort.postMessage('ready'));
}
