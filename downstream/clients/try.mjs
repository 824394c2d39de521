// Has a library connect or listen in one way, and ends shortly afterwards. What
// it did is seen with strace. Prints what it threw.

import net from 'node:net';
import given from './given.cjs';
import { clients, datagramLibraries, servers } from './libraries.mjs';

const [, , name, way, what] = process.argv;

// For what a library still does once it has connected or listens, and for
// everything that comes before.
const MOMENT = 200;
const LIMIT = 15_000;

const say = (error) => console.log(JSON.stringify({ threw: error.code ?? error.name, why: error.message }));
const end = () => setTimeout(() => process.exit(), MOMENT);

process.on('uncaughtException', (error) => {
  say(error);
  end();
});

const options = {
  socketOptions: [name in datagramLibraries ? given.datagramOption : given.streamOption],
  handle: given.handle,
};

// A client finds a server that accepts it and says nothing.
const server = net.createServer((connection) => {
  connection.on('error', () => {});
  end();
}).listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const library = { ...clients, ...servers, ...datagramLibraries }[name];
  try {
    await library[way](what === undefined ? {} : { [what]: options[what] }, port);
    if (!(name in clients)) end();
  } catch (error) {
    say(error);
    end();
  }
});

setTimeout(() => process.exit(1), LIMIT).unref();
