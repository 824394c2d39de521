'use strict';

// The rules for the sockets of an episode, from the API's manual and from bind(2) and
// listen(2) on Linux.

/** A socket of the system, which several handles may share. */
class Socket {
  /** The number of handles and servers that have it. */
  owners = 1;
  /** True until its last descriptor is closed, even if no server has it. */
  listening = false;
  connected = false;

  constructor({ key, exclusive = false, reusePort = false, terms = undefined }) {
    Object.assign(this, { key, exclusive, reusePort, terms });
  }

  get alive() {
    return this.owners > 0;
  }
}

/** How a call may end. */
const ok = { ok: true, codes: [] };
const fails = (...codes) => ({ ok: false, codes });
const either = (...codes) => ({ ok: true, codes });

class Model {
  #sockets = [];
  /** Addresses that connections, other threads or processes may still occupy. */
  #uncertain = new Set();

  add(socket) {
    this.#sockets.push(socket);
    return socket;
  }

  /** From now on, it is uncertain what is bound there. */
  doubt(key) {
    this.#uncertain.add(key);
  }

  /** All addresses of the episode. */
  keys() {
    return new Set(this.#sockets.map(({ key }) => key));
  }

  #at(key) {
    return this.#sockets.filter((socket) => socket.alive && socket.key === key);
  }

  /** The shared socket at an address, if there is one. */
  shared(key) {
    return this.#at(key).find(({ terms }) => terms !== undefined);
  }

  /** Whether every socket that listens there has a server to accept its connections. */
  isServed(key, servers) {
    return this.#at(key).every((socket) => !socket.listening || servers.some(({ entry }) => entry.socket === socket));
  }

  /** How binding such a socket ends. */
  bind({ key, exclusive = false, reusePort = false }) {
    const conflict = this.#at(key).some((other) =>
      !(reusePort && other.reusePort) && (exclusive || other.exclusive || other.listening));
    if (this.#uncertain.has(key)) return either('EADDRINUSE');
    return conflict ? fails('EADDRINUSE') : ok;
  }

  /** How sharing an address ends. */
  share({ key, terms, exclusive = false, reusePort = false }) {
    const group = this.shared(key);
    if (group === undefined) {
      // A recipient of a share may still have it.
      return this.#uncertain.has(key) ? either('EADDRINUSE', 'ERR_INVALID_ARG_VALUE', 'EISCONN') :
        this.bind({ key, exclusive, reusePort });
    }
    if (group.terms !== terms) return fails('ERR_INVALID_ARG_VALUE');
    if (reusePort) return this.bind({ key, exclusive, reusePort });
    return group.connected ? either('EISCONN') : ok;
  }

  /** How listening on a socket ends. */
  listen(socket) {
    const { key, connected, reusePort } = socket;
    if (connected || this.#uncertain.has(key)) return either('EADDRINUSE', 'EINVAL', 'EISCONN');
    const conflict = this.#at(key).some((other) =>
      other !== socket && other.listening && !(reusePort && other.reusePort));
    return conflict ? fails('EADDRINUSE') : ok;
  }
}

module.exports = { Model, Socket, either, fails, ok };
