'use strict';

// The cost of bind, reading the address and close: for a bound socket through the class
// of either name, for the bare handle that programs use without that class, and for a
// datagram socket. Prints nanoseconds per cycle.

const dgram = require('node:dgram');
const net = require('node:net');

const count = Number(process.argv[2]);
const together = 500;

/** @returns {Promise<number>} includes the time that the event loop takes to free the sockets */
async function measure(cycle) {
  let start;
  for (let done = -together; done < count; done += together) {
    if (done === 0) start = process.hrtime.bigint();
    for (let i = 0; i < together; i++) cycle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return Number(process.hrtime.bigint() - start) / count;
}

process.noDeprecation = true;
const { TCP, constants } = process.binding('tcp_wrap');

function bindings() {
  return () => {
    const handle = new TCP(constants.SOCKET);
    if (handle.bind('127.0.0.1', 0) !== 0) throw new Error('bind() failed');
    const address = {};
    if (handle.getsockname(address) !== 0 || !address.port) throw new Error('getsockname() failed');
    handle.close();
  };
}

async function main() {
  const result = {};
  const Bound = net.BoundSocket;
  if (Bound) {
    const options = { host: '127.0.0.1' };
    result['bind, address, close'] = await measure(() => {
      const bound = new Bound(options);
      bound.address();
      bound.close();
    });
  }
  result['bind, address, close by process.binding()'] = await measure(bindings());
  result['handle without a socket'] = await measure(() => { new TCP(constants.SOCKET).close(); });
  if (dgram.Socket.prototype.bindSync) {
    const options = { address: '127.0.0.1' };
    const peer = dgram.createSocket('udp4');
    peer.bindSync(options);
    const { port } = peer.address();
    result['bindSync, close'] = await measure(() => {
      const socket = dgram.createSocket('udp4');
      socket.bindSync(options);
      socket.close();
    });
    result['bindSync, connectSync, close'] = await measure(() => {
      const socket = dgram.createSocket('udp4');
      socket.bindSync(options);
      socket.connectSync(port, '127.0.0.1');
      socket.close();
    });
    peer.close();
  }
  console.log(JSON.stringify(result));
}

main();
