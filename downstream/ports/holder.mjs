// A program that needs a port, announces its number and listens on it. A thief
// learns the number like everyone else. Run as
//   node holder.mjs <way> <thief> <host> <rounds> <pause>
// where pause is the number of milliseconds between announcing and listening.
// Prints, as JSON, how often the port was lost, and to what kind of bind.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import getPort from 'get-port';

const [way, program, host, rounds, pause] = process.argv.slice(2);

/**
 * How each way gets its port: the number to announce, and what listen() is
 * given later.
 */
const ways = {
  'get-port': async () => {
    const port = await getPort({ host });
    return { port, listen: { host, port } };
  },
  'bound': () => reserve({ host }),
  'exclusive': () => reserve({ host, exclusive: true }),
};

function reserve(options) {
  const bound = new net.BoundSocket(options);
  return { port: bound.address().port, listen: bound };
}

const thief = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
const thefts = createInterface({ input: thief.stdout })[Symbol.asyncIterator]();

async function round(lost) {
  const { port, listen } = await ways[way]();
  thief.stdin.write(`${host} ${port}\n`);
  if (Number(pause) > 0) await setTimeout(Number(pause));
  const server = net.createServer();
  const failed = await once(server.listen(listen), 'listening').then(() => undefined, (error) => error);
  thief.stdin.write('\n');
  const theft = await thefts.next();
  if (theft.done) throw new Error('the thief has ended');
  if (failed === undefined) await once(server.close(), 'close');
  // Only one of the two can listen. A port taken by anybody else is not part of
  // the race.
  if ((failed !== undefined) !== (theft.value !== 'nothing')) {
    throw new Error(`the thief has ${theft.value}, and listen() says ${failed?.code ?? 'that it listens'}`);
  }
  if (failed !== undefined && failed.code !== 'EADDRINUSE') throw failed;
  if (failed !== undefined) lost[theft.value]++;
}

const lost = { plain: 0, reuse: 0 };
try {
  for (let count = 0; count < Number(rounds); count++) await round(lost);
} finally {
  thief.stdin.end();
}
console.log(JSON.stringify(lost));
