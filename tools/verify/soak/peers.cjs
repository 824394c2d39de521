'use strict';

// The servers and clients that the acts set up.

const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const tls = require('node:tls');

const PSK = { ciphers: 'PSK', maxVersion: 'TLSv1.2' };
const secret = { psk: Buffer.alloc(16, 1), identity: 'soak' };
const silent = () => {};

/** Waits for something to end, which may have failed. */
const ended = (emitter) => (emitter.closed === true ? undefined : new Promise((resolve) => emitter.on('close', resolve)));

/** A server of each kind. Clients are told its name. */
const servers = {
  net: (name) => net.createServer((peer) => peer.on('error', silent).end(name)),
  tls: (name) => tls.createServer({ ...PSK, pskCallback: () => secret.psk }, (peer) => peer.on('error', silent).end(name))
    .on('tlsClientError', silent),
  http: (name) => http.createServer({ keepAliveTimeout: 1 }, (request, response) => response.end(name)),
};

async function readAll(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  await once(stream, 'end');
  return text;
}

/** How a client of each kind learns the name of its server. */
const clients = {
  async net(where) {
    const socket = net.connect(where);
    const text = await readAll(socket);
    socket.destroy();
    return text;
  },
  async tls(where) {
    const socket = tls.connect({ ...PSK, ...where, pskCallback: () => secret, checkServerIdentity: silent });
    const text = await readAll(socket);
    socket.destroy();
    return text;
  },
  async http({ path, ...where }) {
    const request = http.get({ ...where, socketPath: path, agent: false });
    const [response] = await once(request, 'response');
    const text = await readAll(response);
    request.destroy();
    return text;
  },
};

module.exports = { clients, ended, servers, silent };
