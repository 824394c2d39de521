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

// Takes over sockets that are bound already, if set.
let takeOver;

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

setBindOtherwise((socket, address, port, options) => {
  const taken = takeOver?.(socket, options);
  if (taken !== undefined)
    return taken;
  const { exclusive } = options;
  if (exclusive != null)
    validateBoolean(exclusive, 'options.exclusive');
  return exclusive ? bindExclusive(socket, address, port) : undefined;
});

module.exports = {
  setTakeOver: (other) => {
    const former = takeOver;
    takeOver = (socket, options) => other(socket, options) ?? former?.(socket, options);
  },
};
