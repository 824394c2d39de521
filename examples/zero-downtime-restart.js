'use strict';

// Run with the built binary, on Unix. The arguments are how often to restart
// the server, and the minimum number of connections to make: 20 50000. Each
// time, the running server starts the next one, passes it the listening socket,
// answers the clients that it has accepted, and exits, while clients in other
// processes keep connecting. No connection is refused or reset, because
//
// - the socket never stops listening. It is a single socket, and both servers
//   have a descriptor of it. The new server accepts what waits in the queue
//   when the old one closes its descriptor.
// - the old server accepts until the new one listens, and does not exit before
//   it has sent its last answer.
// - every request is read to its end. Closing a connection with unread data
//   resets it, and the client may lose the answer.
// - the server closes first. The system of the side that does so remembers the
//   connection for a minute (TIME_WAIT). On the client side, that would use up
//   one of its 28,000 ports, and connect() would search longer and longer for a
//   free one, until there is none.
// - the queue has room for all clients: 511, unless listen() is told otherwise.
//   Further clients are not refused, but wait a second or more to try again.

const { fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const readline = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');

const HOST = '127.0.0.1';
const CLIENTS = 2; // Processes.
const AT_ONCE = 10; // Connections per process.
const PATIENCE = 10_000;

// What a server inherits besides its standard output: the end of a pipe to
// whoever started the first server and, except for the first one, the socket.
const LIFELINE = 3;
const SOCKET = 4;

const answerTo = (request) => request.repeat(1000);

// A server. SIGHUP replaces it and SIGTERM ends it. It reports on its standard
// output when it listens and when it has finished.
function serve(generation) {
  const bound = generation === 1 ?
    new net.BoundHandle({ host: HOST }) :
    new net.BoundHandle({ fd: SOCKET });
  const { port } = bound.address();
  // For the next server, since the original belongs to this server once it
  // listens.
  const spare = bound.clone();
  let answered = 0;

  const server = net.createServer((connection) => {
    let request = '';
    connection.setEncoding('utf8').on('data', (text) => {
      request += text;
      // Simulate some work, so that answers are pending when the server is
      // replaced.
      if (request.endsWith('\n')) setTimeout(() => connection.end(answerTo(request)), 5);
    });
    connection.on('finish', () => answered++);
    connection.on('error', () => {}); // The client counts it.
  });

  const drain = () => {
    spare.close();
    server.close(() => console.log(`drained ${answered}`));
  };

  process.on('SIGTERM', drain);
  process.on('SIGHUP', () => {
    const next = spawn(process.execPath, [__filename, 'server', `${generation + 1}`], {
      stdio: ['ignore', 'inherit', 'inherit', LIFELINE, spare.fd(), 'ipc'],
    });
    // On failure, this server keeps running.
    next.on('error', (error) => console.log(`failed ${error.code}`));
    next.on('exit', (code) => console.log(`failed ${code}`));
    next.on('message', () => {
      next.disconnect();
      next.unref();
      drain();
    });
  });
  new net.Socket({ fd: LIFELINE }).on('end', () => process.exit(1)).resume().unref();

  server.listen(bound, () => {
    console.log(`listening ${process.pid} ${port}`);
    process.send?.('listening');
  });
}

// Resolves to 'answered', or to a description of the failure.
function ask(port, request) {
  return new Promise((resolve) => {
    let answer = '';
    let fault = 'cut short';
    const client = net.connect(port, HOST)
      .setEncoding('utf8')
      .setTimeout(PATIENCE, () => {
        fault = 'no answer';
        client.destroy();
      })
      .on('data', (text) => { answer += text; })
      .on('error', (error) => { fault = error.code; })
      .on('close', () => resolve(answer === answerTo(request) ? 'answered' : fault));
    client.write(request);
  });
}

// A process with clients. Keeps connecting until it is told to stop.
async function connect(port) {
  let counts = {};
  let stopped = false;
  process.on('message', () => { stopped = true; });
  process.on('disconnect', () => process.exit());
  const report = () => {
    process.send(counts, () => {}); // Fails if disconnecting ends the process, too.
    counts = {};
  };
  const timer = setInterval(report, 20);
  await Promise.all(Array.from({ length: AT_ONCE }, async (_, index) => {
    for (let number = 0; !stopped; number++) {
      const outcome = await ask(port, `${process.pid}.${index}.${number}\n`);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
  }));
  clearInterval(timer);
  report();
  process.disconnect();
}

async function main(restarts, connections) {
  const start = performance.now();
  const first = spawn(process.execPath, [__filename, 'server', '1'], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  // All servers inherit this pipe, so it ends with the last of them.
  const lines = readline.createInterface({ input: first.stdout })[Symbol.asyncIterator]();
  const heard = async (expected) => {
    const { value } = await Promise.race([lines.next(), sleep(PATIENCE, { value: 'nothing' }, { ref: false })]);
    const [word, ...numbers] = value?.split(' ') ?? ['nothing'];
    if (word !== expected) throw new Error(`a server says "${value}", not "${expected}"`);
    return numbers.map(Number);
  };
  const [started, port] = await heard('listening');

  const counts = new Map();
  let total = 0;
  const clients = Array.from({ length: CLIENTS }, () => fork(__filename, ['client', `${port}`]));
  for (const client of clients) {
    client.on('message', (counted) => {
      for (const [outcome, count] of Object.entries(counted)) {
        counts.set(outcome, (counts.get(outcome) ?? 0) + count);
        total += count;
      }
    });
  }
  const reach = async (goal) => {
    while (total < goal) {
      if (counts.has('no answer')) throw new Error('a server does not answer');
      await sleep(5);
    }
  };

  let pid = started;
  let served = 0;
  for (let restart = 1; restart <= restarts; restart++) {
    await reach(connections * restart / (restarts + 1));
    process.kill(pid, 'SIGHUP');
    const [next] = await heard('listening');
    const [answered] = await heard('drained');
    console.log(`restart ${restart}: ${next} for ${pid}, which has answered ${answered}`);
    served += answered;
    pid = next;
  }
  await reach(connections);

  // A client sends its last report before it disconnects.
  await Promise.all(clients.map((client) => {
    client.send('stop');
    return Promise.all([once(client, 'disconnect'), once(client, 'exit')]);
  }));
  process.kill(pid, 'SIGTERM');
  served += (await heard('drained'))[0];
  await lines.next();

  const take = (...outcomes) => outcomes.reduce((sum, outcome) => {
    sum += counts.get(outcome) ?? 0;
    counts.delete(outcome);
    return sum;
  }, 0);
  const answered = take('answered');
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${total} connections in ${seconds} s, ${restarts} restarts: ${answered} answered, ` +
    `${take('ECONNREFUSED')} refused, ${take('ECONNRESET', 'EPIPE')} reset`);
  for (const [outcome, count] of counts) console.log(`${outcome}: ${count}`);
  if (answered !== total || served !== total) process.exitCode = 1;
}

const [role, number] = process.argv.slice(2);
if (role === 'server') serve(Number(number));
else if (role === 'client') connect(Number(number));
else main(Number(role ?? 3), Number(number ?? 500));
