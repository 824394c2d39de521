'use strict';

const {
  FunctionPrototypeCall,
} = primordials;

const { socketSharing } = internalBinding('tcp_wrap');
const { UV_EINVAL } = internalBinding('uv');

const {
  inspect,
  kDatagram,
  kIPv4,
  kIPv6,
} = require('internal/bound_handle_sharing');
const { kStateSymbol } = require('internal/dgram');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const { isIP } = require('internal/net');
const { assertPermission } = require('internal/socket_option_values');
const { kEmptyObject } = require('internal/util');
const {
  validateBoolean,
  validateObject,
} = require('internal/validators');

/**
 * Makes bindSync() support exclusive sockets and take over descriptors.
 * @param {object} prototype The prototype of datagram sockets.
 */
function extend(prototype) {
  const { bindSync: bindOrdinary } = prototype;

  // Calls bindSync() with the bind() of the handle replaced. bindSync() still
  // checks the state of the socket and the options, and starts receiving.
  function bindWith(socket, options, bind) {
    const state = socket[kStateSymbol];
    const original = state.handle?.bind;
    if (state.handle)
      state.handle.bind = bind;
    try {
      return FunctionPrototypeCall(bindOrdinary, socket, options);
    } finally {
      // After an error, state.handle may be a new handle that took over the
      // method.
      if (state.handle)
        state.handle.bind = original;
    }
  }

  function bindExclusive(socket, options) {
    const { handle, ipv6Only, reuseAddr, reusePort } = socket[kStateSymbol];
    if (reuseAddr || reusePort) {
      throw new ERR_INVALID_ARG_VALUE(
        'options.exclusive', true,
        'is not for sockets that have reuseAddr or reusePort');
    }
    // Upstream's own bind() does this check itself.
    assertPermission('bind');
    const flags = ipv6Only ? 1 : 0;
    // An ordinary bind refuses an address of the other family, too.
    const family = socket.type === 'udp4' ? 4 : 6;
    return bindWith(socket, options, (address, port) => (isIP(address) === family ?
      socketSharing.bindExclusive(handle, address, port, flags) : UV_EINVAL));
  }

  function takeDescriptor(socket, options) {
    const { fd } = options;
    if (options.address !== undefined || options.port !== undefined ||
        options.exclusive !== undefined) {
      throw new ERR_INVALID_ARG_VALUE(
        'options', options, 'must have nothing beside fd');
    }
    assertPermission('open');
    inspect(fd, kDatagram, socket.type === 'udp4' ? kIPv4 : kIPv6);
    const { handle } = socket[kStateSymbol];
    let failed = 0;
    try {
      // Other modules that extend bindSync() have to see the descriptor, too.
      return bindWith(socket, { fd }, () => {
        failed = socketSharing.openDescriptor(handle, fd | 0);
        return failed;
      });
    } catch (err) {
      if (failed !== 0)
        throw new ErrnoException(failed, 'open');
      throw err;
    }
  }

  prototype.bindSync = function bindSync(options = kEmptyObject) {
    validateObject(options, 'options');
    const { exclusive, fd } = options;
    if (fd != null)
      return takeDescriptor(this, options);
    if (exclusive != null)
      validateBoolean(exclusive, 'options.exclusive');
    return exclusive ?
      bindExclusive(this, options) :
      FunctionPrototypeCall(bindOrdinary, this, options);
  };
}

module.exports = {
  extend,
};
