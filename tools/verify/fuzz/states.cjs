'use strict';

// Objects in the states in which their methods are called.

const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const tls = require('node:tls');

const host = '127.0.0.1';
const silent = () => {};

/** Whether this is a bound socket that still has its handle, whatever its prototype is. */
const isOpen = (bound) => {
  try {
    net.BoundHandle.prototype.fd.call(bound);
    return true;
  } catch {
    return false;
  }
};
const isAlive = (socket) => !socket.destroyed;
const isRunning = (socket) => {
  try {
    // Throws if it is closed or not bound.
    socket.address();
    return true;
  } catch (err) {
    return err.code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING';
  }
};

/** A pre-shared key, so that TLS needs no certificates. */
const PSK = { ciphers: 'PSK', maxVersion: 'TLSv1.2' };
const secret = { psk: Buffer.alloc(16, 1), identity: 'fuzz' };

const kinds = {
  'bound': { make: () => new net.BoundHandle({ host }), fits: isOpen },
  'bound pipe': { make: ({ serial }) => new net.BoundHandle({ path: `b${serial()}` }), fits: isOpen },
  'bound IPv6': { make: () => new net.BoundHandle({ host: '::1' }), fits: isOpen },
  'shared': { make: () => new net.BoundHandle({ host, shared: true }), fits: isOpen },
  'closed bound': {
    make: () => {
      const bound = new net.BoundHandle({ host });
      bound.close();
      return bound;
    },
    fits: () => true,
  },
  'proxied bound': {
    // A proxy has no private fields, so it cannot be closed itself.
    make: (states) => new Proxy(states.take('bound'), {}),
    fits: () => true,
  },
  'new socket': { make: () => new net.Socket(), fits: (socket) => isAlive(socket) && !socket.connecting && socket._handle === null },
  'adopting socket': { make: () => new net.Socket({ handle: new net.BoundHandle({ host }) }), fits: isAlive },
  'destroyed socket': { make: () => new net.Socket().destroy(), fits: () => true },
  'connected': { supplied: true, fits: isAlive },
  'TLS socket': { supplied: true, fits: isAlive },
  'new server': { make: () => net.createServer(), fits: (server) => !server.listening },
  'listening': { make: () => net.createServer().listen(new net.BoundHandle({ host })), fits: (server) => server.listening },
  'listening pipe': {
    make: ({ serial }) => net.createServer().listen(new net.BoundHandle({ path: `l${serial()}` })),
    fits: (server) => server.listening,
  },
  'new datagram': { make: () => dgram.createSocket('udp4'), fits: isRunning },
  'bound datagram': {
    make: () => {
      const socket = dgram.createSocket('udp4');
      socket.bindSync({ address: host });
      return socket;
    },
    fits: isRunning,
  },
  'bound IPv6 datagram': {
    make: () => {
      const socket = dgram.createSocket('udp6');
      socket.bindSync({ address: '::1' });
      return socket;
    },
    fits: isRunning,
  },
  'connected datagram': {
    make: () => {
      const socket = dgram.createSocket('udp4');
      socket.connectSync(9);
      return socket;
    },
    fits: isRunning,
  },
  'datagram with options': {
    make: () => dgram.createSocket({
      type: 'udp4', socketOptions: [[net.constants.SOL_SOCKET, net.constants.SO_RCVBUF, 4096]],
    }),
    fits: isRunning,
  },
  'closed datagram': { make: () => dgram.createSocket('udp4').close(), fits: () => true },
};

/** Closes any object, in whichever state it is. */
function end(value) {
  const { dispose } = Symbol;
  const ways = [
    () => net.BoundHandle.prototype[dispose].call(value),
    // A reset leaves no address in TIME_WAIT.
    () => value.encrypted || value.resetAndDestroy(),
    () => value.destroy(),
    () => value.close(),
  ];
  for (const way of ways) {
    try {
      way();
    } catch {
      // It has no such method, or was closed before.
    }
  }
}

/** Makes objects on demand, and closes them. */
class States {
  #current = new Map();
  #made = [];
  #supplies = new Map([['connected', []], ['TLS socket', []]]);
  #servers = [];
  #peers = new Set();
  #ports;
  #serial = 0;

  serial = () => this.#serial++;

  async #serve(server) {
    this.#servers.push(server);
    await once(server.listen(0, host), 'listening');
    return server.address().port;
  }

  /** Starts the servers that the sockets connect to. */
  async start() {
    const keep = (peer) => {
      this.#peers.add(peer);
      peer.on('error', silent).on('close', () => this.#peers.delete(peer)).resume();
    };
    this.#ports = {
      'connected': await this.#serve(net.createServer(keep)),
      'TLS socket': await this.#serve(tls.createServer({ ...PSK, pskCallback: () => secret.psk }, keep).on('tlsClientError', silent)),
    };
    // Clients are reset, so that no address is left in TIME_WAIT.
    this.sink = await this.#serve(net.createServer((peer) => peer.on('error', silent).resetAndDestroy()));
  }

  async #dial(name) {
    const port = this.#ports[name];
    const socket = name === 'connected' ? net.connect(port, host) :
      tls.connect({ ...PSK, host, port, pskCallback: () => secret, checkServerIdentity: silent });
    await once(socket, name === 'connected' ? 'connect' : 'secureConnect');
    return socket.on('error', silent).resume();
  }

  /** Makes sure that there are connections of each kind. */
  async supply() {
    for (const [name, list] of this.#supplies) {
      while (list.length < 2) list.push(await this.#dial(name));
    }
  }

  /** @returns {object | undefined} One in that state, which others may have used. */
  get(name) {
    const { fits, supplied } = kinds[name];
    const current = this.#current.get(name);
    if (current !== undefined && fits(current)) return current;
    const next = supplied ? this.#supplies.get(name).pop() : this.#make(name);
    if (supplied && next !== undefined) this.track(next);
    this.#current.set(name, next);
    return next;
  }

  #make(name) {
    const value = kinds[name].make(this);
    this.track(value);
    return value;
  }

  /** @returns {object} One that nothing else uses. */
  take(name) {
    return this.#make(name);
  }

  /** Remembers an object to be closed. */
  track(value) {
    this.#made.push(value);
    if (typeof value.on !== 'function') return;
    value.on('error', silent);
    // Any client that happens to connect to a server.
    value.on('connection', (peer) => peer?.on?.('error', silent));
  }

  /** Closes what was made, except for what is in use, unless that should be closed too. */
  clear(all) {
    const current = all ? [] : [...this.#current.values()];
    if (all) {
      this.#current.clear();
      this.#made.push(...[...this.#supplies.values()].flatMap((list) => list.splice(0)));
    }
    // A reset may not arrive if the option for an interface was set.
    if (all) this.#peers.forEach(end);
    const ended = this.#made.filter((value) => !current.includes(value));
    this.#made = this.#made.filter((value) => current.includes(value));
    ended.forEach(end);
  }

  stop() {
    for (const server of this.#servers) server.close();
  }
}

module.exports = { States, end, isOpen };
