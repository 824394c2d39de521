'use strict';

const {
  ArrayPrototypeSome,
} = primordials;

const { socketDescriptors } = internalBinding('tcp_wrap');

const {
  getInternals,
  newHandle,
  setOpenOtherwise,
} = require('internal/bound_handle_sharing');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const { assertPermission } = require('internal/socket_option_values');
const { validateInt32 } = require('internal/validators');

// Keep this list in sync with src/socket_descriptors.cc.
const kTcp = 1;
const kPipe = 2;
const kUdp4 = 4;
const kUdp6 = 8;
const kBound = 16;
const kConnected = 32;
const kOwned = 64;

// The options that the constructor does not take beside fd.
const otherOptions = [
  'acceptedSocketOptions', 'exclusive', 'host', 'ipv6Only', 'path', 'port',
  'reusePort', 'shared', 'socketOptions',
];

/**
 * Asks the system what a descriptor refers to, without changing anything.
 * @param {number} fd
 * @param {number} kinds The acceptable kinds.
 * @param {string} name A name for these.
 * @returns {number} Its flags.
 */
function inspect(fd, kinds, name) {
  validateInt32(fd, 'options.fd', 0);
  // `| 0` turns -0 into 0: -0 is not an integer to C++.
  const flags = socketDescriptors.inspect(fd | 0);
  if (flags < 0)
    throw new ErrnoException(flags, 'getsockname');
  if ((flags & kinds) === 0)
    throw new ERR_INVALID_ARG_VALUE('options.fd', fd, `is not a ${name} socket`);
  if ((flags & kConnected) !== 0)
    throw new ERR_INVALID_ARG_VALUE('options.fd', fd, 'is connected');
  if ((flags & kBound) === 0)
    throw new ERR_INVALID_ARG_VALUE('options.fd', fd, 'is not bound');
  if ((flags & kOwned) !== 0)
    throw new ERR_INVALID_ARG_VALUE('options.fd', fd, 'belongs to another handle');
  return flags;
}

// The handle takes ownership of the descriptor only once nothing can fail
// anymore.
function takeDescriptor(bound, fd) {
  assertPermission('open');
  const isPipe = (inspect(fd, kTcp | kPipe, 'stream') & kPipe) !== 0;
  const handle = newHandle(isPipe);
  const err = socketDescriptors.openDescriptor(handle, fd | 0);
  if (err !== 0) {
    handle.close();
    throw new ErrnoException(err, 'open');
  }
  let local;
  if (isPipe) {
    local = socketDescriptors.pathOf(handle.fd);
  } else {
    local = {};
    handle.getsockname(local);
  }
  getInternals().setPrivate(bound, handle, local);
}

setOpenOtherwise((bound, options) => {
  const { fd } = options;
  if (fd == null)
    return false;
  if (ArrayPrototypeSome(otherOptions, (name) => options[name] != null))
    throw new ERR_INVALID_ARG_VALUE('options', options, 'must have nothing beside fd');
  takeDescriptor(bound, fd);
  return true;
});

module.exports = {
  inspect,
  kUdp4,
  kUdp6,
};
