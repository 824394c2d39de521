'use strict';

const {
  ReflectApply,
} = primordials;

/**
 * Connects a socket that nobody else has yet. When that throws nobody can close
 * it, so it is destroyed with the handle that it may have adopted.
 * @param {net.Socket} socket
 * @param {...any} args Those of connect().
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
