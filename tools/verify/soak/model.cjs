'use strict';

// What must hold of the sockets of an episode, by the manual of the API and by
// the rules of bind(2) and listen(2) on Linux.

/** A socket of the system, which several handles may have. */
class Socket {
  /** Handles and servers that have it. */
  owners = 1;
  /** It does until its last descriptor is closed, also when no server has it. */
  listening = false;
  connected = false;

  constructor({ key, exclusive = false, reusePort = false, terms = undefined }) {
    Object.assign(this, { key, exclusive, reusePort, terms });
  }

  get alive() {
    return this.owners > 0;
  }
}

/** What a call may end with. */
const ok = { ok: true, codes: [] };
const fails = (...codes) => ({ ok: false, codes });
const either = (...codes) => ({ ok: true, codes });

class Model {
  #sockets = [];
  /** Addresses of which connections or other threads and processes may hold something. */
  #uncertain = new Set();

  add(socket) {
    this.#sockets.push(socket);
    return socket;
  }

  /** From now on what is bound there is not known for sure. */
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

  /** The shared socket of an address, where there is one. */
  shared(key) {
    return this.#at(key).find(({ terms }) => terms !== undefined);
  }

  /** Whether some server accepts what arrives at each socket that listens there. */
  isServed(key, servers) {
    return this.#at(key).every((socket) => !socket.listening || servers.some(({ entry }) => entry.socket === socket));
  }

  /** What binding such a socket ends with. */
  bind({ key, exclusive = false, reusePort = false }) {
    const conflict = this.#at(key).some((other) =>
      !(reusePort && other.reusePort) && (exclusive || other.exclusive || other.listening));
    if (this.#uncertain.has(key)) return either('EADDRINUSE');
    return conflict ? fails('EADDRINUSE') : ok;
  }

  /** What sharing an address ends with. */
  share({ key, terms, exclusive = false, reusePort = false }) {
    const group = this.shared(key);
    if (group === undefined) {
      // Whoever was sent a share may still have it.
      return this.#uncertain.has(key) ? either('EADDRINUSE', 'ERR_INVALID_ARG_VALUE', 'EISCONN') :
        this.bind({ key, exclusive, reusePort });
    }
    if (group.terms !== terms) return fails('ERR_INVALID_ARG_VALUE');
    if (reusePort) return this.bind({ key, exclusive, reusePort });
    return group.connected ? either('EISCONN') : ok;
  }

  /** What listening on a socket ends with. */
  listen(socket) {
    const { key, connected, reusePort } = socket;
    if (connected || this.#uncertain.has(key)) return either('EADDRINUSE', 'EINVAL', 'EISCONN');
    const conflict = this.#at(key).some((other) =>
      other !== socket && other.listening && !(reusePort && other.reusePort));
    return conflict ? fails('EADDRINUSE') : ok;
  }
}

module.exports = { Model, Socket, either, fails, ok };
