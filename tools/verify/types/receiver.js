// Started by sending.js. Receives bound sockets with the given method of process, and
// sends each back.
import net from 'node:net';
import { isOpen } from './sending.js';

// The channel keeps the process alive, with or without a listener.
process.channel.ref();
process[process.argv[2]]('message', (options, bound) => {
  const arrived = bound instanceof net.BoundSocket;
  process.send({ arrived }, bound, ...options, (error) => {
    process.send({ failed: error !== null, kept: isOpen(bound) });
  });
});
process.send('up');
