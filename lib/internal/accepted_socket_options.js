'use strict';

const { Symbol } = primordials;

const {
  misplaced,
  readList,
  setOptions,
} = require('internal/early_socket_options');

// Set on a server: the options for the connections that it accepts, and whether
// the user was warned of those that fail.
const kAccepted = Symbol('kAccepted');
const kWarned = Symbol('kWarned');

misplaced.acceptedSocketOptions = 'net.createServer()';

/**
 * Records the options that a server sets on the connections it accepts.
 * @param {net.Server} server
 * @param {{ acceptedSocketOptions?: Array<[number, number, any]> }} [options]
 */
function setAccepted(server, options) {
  server[kAccepted] = readList(options?.acceptedSocketOptions, 'options.acceptedSocketOptions');
}

/**
 * Sets the options of an accepted connection. On failure, drops the connection
 * and emits 'drop' on the server.
 * @param {net.Server} server
 * @param {object} handle
 * @returns {boolean} Whether the connection is still open.
 */
function prepareAccepted(server, handle) {
  const list = server[kAccepted];
  if (list === undefined)
    return true;
  const error = setOptions(handle, list, 'acceptedSocketOptions');
  if (error === undefined)
    return true;
  const local = {};
  const remote = {};
  handle.getsockname?.(local);
  handle.getpeername?.(remote);
  handle.close();
  const isHeard = server.emit('drop', {
    __proto__: null,
    localAddress: local.address,
    localPort: local.port,
    localFamily: local.family,
    remoteAddress: remote.address,
    remotePort: remote.port,
    remoteFamily: remote.family,
    error,
  });
  if (!isHeard && !server[kWarned]) {
    server[kWarned] = true;
    process.emitWarning(
      `A server drops connections: ${error.message}. Listen for 'drop' to hear of each.`);
  }
  return false;
}

module.exports = {
  kAccepted,
  prepareAccepted,
  setAccepted,
};
