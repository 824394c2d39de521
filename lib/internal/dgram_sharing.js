'use strict';

const { kStateSymbol } = require('internal/dgram');
const { bindHandle, setBindOtherwise } = require('internal/dgram_socket_options');
const {
  codes: {
    ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const { assertPermission } = require('internal/socket_option_values');
const { validateBoolean } = require('internal/validators');

setBindOtherwise((socket, { exclusive }, address, port) => {
  if (exclusive != null)
    validateBoolean(exclusive, 'options.exclusive');
  if (!exclusive)
    return undefined;
  const { reuseAddr, reusePort } = socket[kStateSymbol];
  if (reuseAddr || reusePort) {
    throw new ERR_INVALID_ARG_VALUE(
      'options.exclusive', true,
      'is not for sockets that have reuseAddr or reusePort');
  }
  assertPermission('bind');
  return bindHandle(socket, address, port, true);
});
