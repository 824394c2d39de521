// Started by sending.js: receives bound sockets, by a method of process that it is
// told, and sends each back.
import net from 'node:net';
import { isOpen } from './sending.js';

// The channel keeps the process, with a listener or without.
process.channel.ref();
process[process.argv[2]]('message', (options, bound) => {
  const arrived = bound instanceof net.BoundSocket;
  process.send({ arrived }, bound, ...options, (error) => {
    process.send({ failed: error !== null, kept: isOpen(bound) });
  });
});
process.send('up');
