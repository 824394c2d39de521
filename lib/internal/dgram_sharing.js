'use strict';

const { socketSharing } = internalBinding('tcp_wrap');

const {
  inspect,
  kDatagram,
  kIPv4,
  kIPv6,
} = require('internal/bound_handle_sharing');
const { kStateSymbol } = require('internal/dgram');
const { bindHandle, bindSync } = require('internal/dgram_socket_options');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const { assertPermission } = require('internal/socket_option_values');
const { validateBoolean } = require('internal/validators');

function bindExclusive(socket, address, port) {
  const { reuseAddr, reusePort } = socket[kStateSymbol];
  if (reuseAddr || reusePort) {
    throw new ERR_INVALID_ARG_VALUE(
      'options.exclusive', true,
      'is not for sockets that have reuseAddr or reusePort');
  }
  assertPermission('bind');
  return bindHandle(socket, address, port, true);
}

function takeDescriptor(socket, options) {
  const { address, exclusive, fd, port } = options;
  if (address != null || port != null || exclusive != null) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options, 'must have nothing beside fd');
  }
  assertPermission('open');
  inspect(fd, kDatagram, socket.type === 'udp4' ? kIPv4 : kIPv6);
  const err = socketSharing.openDescriptor(socket[kStateSymbol].handle, fd | 0);
  if (err !== 0)
    throw new ErrnoException(err, 'open');
  return 0;
}

function bindOtherwise(socket, address, port, options) {
  const { exclusive, fd } = options;
  if (fd != null)
    return takeDescriptor(socket, options);
  if (exclusive != null)
    validateBoolean(exclusive, 'options.exclusive');
  return exclusive ? bindExclusive(socket, address, port) : undefined;
}

module.exports = {
  /**
   * As bindSync() of internal/dgram_socket_options, for exclusive sockets and
   * descriptors to take over as well.
   */
  bindSync: (socket, address, port, options) =>
    bindSync(socket, address, port, options, bindOtherwise),
};
