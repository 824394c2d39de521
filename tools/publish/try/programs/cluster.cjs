'use strict';

// A primary and two workers, each of which answers once on a port that the primary has bound.

const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const bound = new net.BoundHandle({ host: '127.0.0.1' });
  const { port } = bound.address();
  let served = 0;
  const next = () => {
    if (served === 2) {
      bound.close();
      console.log('cluster');
      return;
    }
    const worker = cluster.fork();
    worker.once('online', () => worker.send('serve', bound, { keepOpen: true }));
    worker.once('message', () => net.connect(port, '127.0.0.1').resume().once('close', () => served++));
    worker.once('exit', next);
  };
  next();
} else {
  process.once('message', (message, bound) => {
    const server = net.createServer((peer) => {
      peer.end();
      server.close(() => process.disconnect());
    });
    server.listen(bound, () => process.send('ready'));
  });
}
