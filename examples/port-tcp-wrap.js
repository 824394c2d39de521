'use strict';

// Run with the built binary. The same server and client twice: using the
// handles of process.binding('tcp_wrap'), which is not a public API, and using
// their replacement.

const { once } = require('node:events');
const net = require('node:net');
const { getSystemErrorName } = require('node:util');

const host = '127.0.0.1';

// The type definitions of Node.js omit deprecated APIs.
const binding = (name) => /** @type {any} */ (process).binding(name);

// Errors are numbers that must be checked after each call.
function check(error, syscall) {
  if (error !== 0) throw new Error(`${syscall}: ${getSystemErrorName(error)}`);
}

function listenBefore(onConnection) {
  const { TCP, constants } = binding('tcp_wrap');
  const handle = new TCP(constants.SERVER);
  check(handle.bind(host, 0), 'bind');
  const address = {};
  check(handle.getsockname(address), 'getsockname');
  return { port: address.port, server: net.createServer(onConnection).listen(handle) };
}

function connectBefore(port) {
  const { TCP, TCPConnectWrap, constants } = binding('tcp_wrap');
  const handle = new TCP(constants.SOCKET);
  check(handle.bind(host, 0), 'bind');
  const address = {};
  check(handle.getsockname(address), 'getsockname');
  return new Promise((resolve) => {
    const request = new TCPConnectWrap();
    request.oncomplete = (status) => {
      check(status, 'connect');
      resolve({ from: address.port, socket: new net.Socket({ handle }) });
    };
    check(handle.connect(request, host, port), 'connect');
  });
}

function listenAfter(onConnection) {
  const bound = new net.BoundHandle({ host });
  const { port } = bound.address();
  return { port, server: net.createServer(onConnection).listen(bound) };
}

function connectAfter(port) {
  const bound = new net.BoundHandle({ host });
  const from = bound.address().port;
  return { from, socket: net.connect({ handle: bound, host, port }) };
}

async function talk(what, listen, connect) {
  const { port, server } = listen((connection) => connection.end(`${connection.remotePort}`));
  const { from, socket } = await connect(port);
  socket.on('data', (seen) => console.log(`${what}: the server sees the port the client chose:`, Number(seen) === from));
  await once(socket, 'close');
  server.close();
}

async function main() {
  await talk('before', listenBefore, connectBefore);
  await talk('after ', listenAfter, connectAfter);
  try {
    new net.BoundHandle({ host: '192.0.2.1' });
  } catch (error) {
    console.log('after : errors are thrown:', error.message);
  }
}

main();
