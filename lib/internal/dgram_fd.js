'use strict';

const { socketDescriptors } = internalBinding('tcp_wrap');

const {
  inspect,
  kUdp4,
  kUdp6,
} = require('internal/bound_handle_fd');
const { kStateSymbol } = require('internal/dgram');
const { setBindOtherwise } = require('internal/dgram_socket_options');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const { assertPermission } = require('internal/socket_option_values');

setBindOtherwise((socket, options) => {
  const { address, exclusive, fd, port } = options;
  if (fd == null)
    return undefined;
  if (address != null || port != null || exclusive != null) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options, 'must have nothing beside fd');
  }
  assertPermission('open');
  inspect(fd, socket.type === 'udp4' ? kUdp4 : kUdp6, socket.type);
  const err = socketDescriptors.openDescriptor(socket[kStateSymbol].handle, fd | 0);
  if (err !== 0)
    throw new ErrnoException(err, 'open');
  return 0;
});
