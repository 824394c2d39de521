'use strict';

const {
  ReflectApply,
} = primordials;

/**
 * Connects a socket that nobody else holds yet. Nobody could close it if that
 * throws, so it is destroyed, along with any handle that it adopted.
 * @param {net.Socket} socket
 * @param {...any} args The arguments of connect().
 * @returns {net.Socket}
 */
function connectOrDestroy(socket, ...args) {
  try {
    return ReflectApply(socket.connect, socket, args);
  } catch (err) {
    socket.destroy();
    throw err;
  }
}

module.exports = { connectOrDestroy };
