'use strict';

// What a DHCP server does: it hears broadcasts on all interfaces, has addresses to
// give away for each of them, and answers on the one where it was asked.
//
//   out/v24.x/bin/node examples/datagram-leases.js

const dgram = require('node:dgram');

const server = dgram.createSocket({
  type: 'udp4',
  receiveInfo: ['interfaceIndex', 'localAddress'],
});
const { port } = server.bindSync();
server.setBroadcast(true);
const pools = new Map();

server.on('message', (message, { interfaceIndex, localAddress, port }) => {
  const { client } = JSON.parse(`${message}`);
  let pool = pools.get(interfaceIndex);
  if (pool === undefined)
    pools.set(interfaceIndex, pool = new Map());
  if (!pool.has(client))
    pool.set(client, `10.${interfaceIndex % 256}.0.${pool.size + 2}`);
  console.log(`${client} has asked ${localAddress} on interface ${interfaceIndex}`);
  // The client has no address yet, so that all on its interface get the answer.
  server.send(JSON.stringify({ client, address: pool.get(client) }), {
    port, address: '127.255.255.255', interfaceIndex,
  }, (error) => {
    if (error)
      console.error(error.message);
  });
});

const clients = ['first', 'second', 'first'];
const client = dgram.createSocket('udp4');
client.bindSync();
client.setBroadcast(true);
const ask = () => client.send(JSON.stringify({ client: clients[0] }), port, '127.255.255.255');
client.on('message', (message) => {
  const { client: name, address } = JSON.parse(`${message}`);
  console.log(`${name} gets ${address}`);
  clients.shift();
  if (clients.length > 0)
    return ask();
  client.close();
  server.close();
});
ask();
