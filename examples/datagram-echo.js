'use strict';

// What a QUIC server does with its one socket: it answers each connection from the
// address that it was asked at, counts the marks of congested routers, and sends
// its answers in batches, one each millisecond.
//
//   out/v24.x/bin/node examples/datagram-echo.js [connections] [messages]

const dgram = require('node:dgram');

const connections = Number(process.argv[2] ?? 50);
const messages = Number(process.argv[3] ?? 20);

// Linux answers at all of 127.0.0.0/8.
const isLinux = process.platform === 'linux';
const addressOf = (i) => (isLinux ? `127.0.1.${1 + i % 250}` : '127.0.0.1');

const server = dgram.createSocket({
  type: 'udp4',
  receiveInfo: isLinux ? ['localAddress', 'tos'] : ['localAddress'],
});
const { port } = server.bindSync();
const known = new Map();
let answers = [];
let batches = 0;

function sendAnswers() {
  const list = answers;
  answers = [];
  batches++;
  server.sendMany(list, (error) => {
    if (error)
      console.error(error.message);
  });
}

server.on('message', (msg, { address, port, localAddress, tos = 0 }) => {
  const key = `${address}:${port} ${localAddress}`;
  let connection = known.get(key);
  if (connection === undefined)
    known.set(key, connection = { received: 0, ecn: [0, 0, 0, 0] });
  connection.received++;
  connection.ecn[tos & 3]++;
  if (answers.length === 0)
    setTimeout(sendAnswers, 1);
  answers.push({ msg, address, port, localAddress });
});

let left = connections;
let wrong = 0;

function connect(i) {
  const client = dgram.createSocket('udp4');
  client.bindSync({ address: '127.0.0.1' });
  let answered = 0;
  // Every fifth message has met a congested router.
  const ask = () => client.sendSync(`${answered}`, {
    port, address: addressOf(i), tos: isLinux ? (answered % 5 === 4 ? 3 : 2) : undefined,
  });
  client.on('message', (msg, { address }) => {
    if (address !== addressOf(i) || msg.toString() !== `${answered}`)
      wrong++;
    if (++answered < messages)
      return ask();
    client.close();
    if (--left === 0)
      end();
  });
  ask();
}

function end() {
  server.close();
  let received = 0;
  let marked = 0;
  for (const connection of known.values()) {
    received += connection.received;
    marked += connection.ecn[3];
  }
  console.log(`${known.size} connections, ${received} messages in ${batches} batches`);
  console.log(`${marked} marked by congestion, ${wrong} answers from a wrong address`);
}

for (let i = 0; i < connections; i++)
  connect(i);
