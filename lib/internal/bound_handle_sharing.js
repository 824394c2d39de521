'use strict';

const {
  FunctionPrototypeCall,
  ObjectDefineProperties,
  SafeFinalizationRegistry,
  SafeSet,
  Symbol,
} = primordials;

const { triggerUncaughtException } = internalBinding('errors');
const {
  Pipe,
  constants: { SOCKET: kPipeSocket },
} = internalBinding('pipe_wrap');
const {
  TCP,
  constants: { SOCKET: kTCPSocket },
  socketSharing,
} = internalBinding('tcp_wrap');

const { owner_symbol } = require('internal/async_hooks').symbols;
const {
  ErrnoException,
  ExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_NOT_SUPPORTED_IN_SNAPSHOT,
    ERR_SOCKET_HANDLE_ADOPTED,
  },
} = require('internal/errors');
const { isIP } = require('internal/net');
const { assertPermission } = require('internal/socket_option_values');
const {
  namespace: {
    addSerializeCallback,
    isBuildingSnapshot,
  },
} = require('internal/v8/startup_snapshot');
const {
  validateBoolean,
  validateInt32,
  validateOneOf,
  validatePort,
  validateString,
} = require('internal/validators');
const {
  // Where it is missing, bound sockets inherit from a native class instead.
  markTransferMode,
  kDeserialize,
  kTransfer,
  kTransferList,
} = require('internal/worker/js_transferable');

// src/bound_handle_sharing.cc has the same lists.
const kIpv6Only = 1;
const kExclusive = 2;
const kBalanced = 4;

const kStream = 1;
const kDatagram = 2;
const kIPv4 = 4;
const kIPv6 = 8;
const kPath = 16;
const kBound = 32;
const kConnected = 64;

// What another share of the address was opened with, by src/shared_sockets.h.
const kMismatches = ['', 'ipv6Only', 'exclusive', 'shared'];

// The share that a handle has in a socket of many.
const kClaim = Symbol('kClaim');

// For a bound socket that gets its handle later. No program ever sees it.
const kEmpty = { __proto__: null };

// The class of bound sockets, and what is private to its instances.
let BoundSocket;
let getHandle;
let getLocal;
let hasHandle;
let setPrivate;

// Where upstream transfers bound sockets too, its method for that. It has the
// error for one without a handle, which stays upstream's.
let listUpstream;

const { close, reset } = TCP.prototype;

function closeAndRelease(callback) {
  FunctionPrototypeCall(close, this, callback);
  this[kClaim].release();
}

function resetAndRelease(callback) {
  const err = FunctionPrototypeCall(reset, this, callback);
  if (err === 0)
    this[kClaim].release();
  return err;
}

// Ties the claim to the handle. It goes when the handle is closed from here, or
// with the environment.
function hold(handle, claim) {
  handle[kClaim] = claim;
  handle.close = closeAndRelease;
  handle.reset = resetAndRelease;
}

function claimOf(handle) {
  if (handle[kClaim] === undefined) {
    const claim = new TCP.Claim();
    claim.sharePath(handle);
    hold(handle, claim);
  }
  return handle[kClaim];
}

function borrow(bound) {
  const handle = getHandle(bound);
  if (handle === null)
    throw new ERR_SOCKET_HANDLE_ADOPTED();
  return handle;
}

function borrowToSend(bound) {
  if (getHandle(bound) === null && listUpstream !== undefined)
    FunctionPrototypeCall(listUpstream, bound);
  return borrow(bound);
}

const newHandle = (isPipe) =>
  (isPipe ? new Pipe(kPipeSocket) : new TCP(kTCPSocket));

/**
 * Reads what a descriptor is from the system, and changes nothing.
 * @param {number} fd
 * @param {number} type kStream or kDatagram.
 * @param {number} families Those that are wanted.
 * @returns {number} Its flags.
 */
function inspect(fd, type, families) {
  validateInt32(fd, 'options.fd', 0);
  // `| 0` makes 0 of -0, which is no integer to C++.
  const flags = socketSharing.inspect(fd | 0);
  if (flags < 0)
    throw new ErrnoException(flags, 'getsockname');
  if ((flags & type) === 0 || (flags & families) === 0) {
    const kind = type === kStream ?
      'a stream socket' : `a ${families === kIPv4 ? 'udp4' : 'udp6'} socket`;
    throw new ERR_INVALID_ARG_VALUE('options.fd', fd, `is not ${kind}`);
  }
  if ((flags & kConnected) !== 0)
    throw new ERR_INVALID_ARG_VALUE('options.fd', fd, 'is connected');
  if ((flags & kBound) === 0)
    throw new ERR_INVALID_ARG_VALUE('options.fd', fd, 'is not bound');
  return flags;
}

// The handle is the descriptor's owner from the moment when nothing can fail.
function takeDescriptor(bound, fd) {
  assertPermission('open');
  const flags = inspect(fd, kStream, kIPv4 | kIPv6 | kPath);
  const isPipe = (flags & kPath) !== 0;
  const handle = newHandle(isPipe);
  const err = socketSharing.openDescriptor(handle, fd | 0);
  if (err !== 0) {
    handle.close();
    throw new ErrnoException(err, 'open');
  }
  let local;
  if (isPipe) {
    local = socketSharing.pathOf(fd | 0);
  } else {
    local = {};
    handle.getsockname(local);
  }
  setPrivate(bound, handle, local);
}

function validateAddress({ host, port, ipv6Only }) {
  if (ipv6Only != null)
    validateBoolean(ipv6Only, 'options.ipv6Only');
  if (host != null) {
    validateString(host, 'options.host');
    if (isIP(host) === 0) {
      throw new ERR_INVALID_ARG_VALUE(
        'options.host', host, 'must be an IP address, no name is looked up');
    }
  }
  return {
    host: host ?? (ipv6Only ? '::' : '0.0.0.0'),
    port: port == null ? 0 : validatePort(port, 'options.port'),
  };
}

// Lets a handle share the address with those of its kind, in any thread.
function share(handle, host, port, flags, options) {
  const claim = new TCP.Claim();
  const result = claim.share(handle, host, port, flags);
  if (result === 0)
    hold(handle, claim);
  if (result <= 0)
    return result;
  handle.close();
  const name = kMismatches[result];
  throw new ERR_INVALID_ARG_VALUE(
    `options.${name}`, options[name],
    `is not what ${host}:${port} is shared with already`);
}

function bind(bound, options, exclusive, shared) {
  const { host, port } = validateAddress(options);
  // Upstream's own bind() asks by itself.
  assertPermission('bind');
  const flags = (isIP(host) === 6 && options.ipv6Only ? kIpv6Only : 0) |
                (exclusive ? kExclusive : 0) |
                (shared === 'reuseport' ? kBalanced : 0);
  const handle = newHandle(false);
  const local = {};
  let err = shared ?
    share(handle, host, port, flags, options) :
    socketSharing.bindExclusive(handle, host, port, flags);
  if (err === 0)
    err = handle.getsockname(local);
  if (err !== 0) {
    handle.close();
    throw new ExceptionWithHostPort(err, 'bind', host, port);
  }
  setPrivate(bound, handle, local);
}

// Those that were made while a startup snapshot is built.
const built = new SafeSet();

// V8 would abort when it comes to one that is open. It is asked twice, so that
// other callbacks can close theirs in between.
function refuseOpen(isLast) {
  if (!isLast) {
    addSerializeCallback(refuseOpen, true);
    return;
  }
  for (const bound of built) {
    // To throw would not end the process here.
    if (getHandle(bound)) {
      triggerUncaughtException(
        new ERR_NOT_SUPPORTED_IN_SNAPSHOT('A bound socket that is open'),
        false /* fromPromise */);
    }
  }
  built.clear();
}

function watchInSnapshot(bound) {
  if (built.size === 0)
    addSerializeCallback(refuseOpen, false);
  built.add(bound);
}

/**
 * Opens a bound socket that is to be exclusive, shared, or to take over a
 * descriptor. To be called first in the constructor.
 * @param {net.BoundSocket} bound
 * @param {{
 *   exclusive?: boolean,
 *   fd?: number,
 *   shared?: boolean | 'reuseport',
 * }} options Those of the constructor.
 * @returns {boolean} False where the constructor is to do it.
 */
function open(bound, options) {
  markTransferMode?.(bound, false, true);
  if (isBuildingSnapshot())
    watchInSnapshot(bound);
  if (options === kEmpty)
    return true;
  const {
    exclusive, fd, host, ipv6Only, path, port, reusePort, shared, socketOptions,
  } = options;
  const refuse = (problem) => {
    throw new ERR_INVALID_ARG_VALUE('options', options, problem);
  };
  if (exclusive != null)
    validateBoolean(exclusive, 'options.exclusive');
  if (shared != null)
    validateOneOf(shared, 'options.shared', [true, false, 'reuseport']);
  if (fd != null) {
    if (host !== undefined || port !== undefined || ipv6Only !== undefined ||
        reusePort !== undefined || path !== undefined ||
        exclusive !== undefined || shared !== undefined ||
        socketOptions !== undefined)
      refuse('must have nothing beside fd');
    takeDescriptor(bound, fd);
    return true;
  }
  if (!exclusive && !shared)
    return false;
  if (path !== undefined)
    refuse('must not have exclusive or shared beside path');
  if (reusePort != null)
    validateBoolean(reusePort, 'options.reusePort');
  if (reusePort)
    refuse('must not have reusePort beside exclusive or shared');
  if (exclusive && shared === 'reuseport')
    refuse("must not have exclusive beside shared 'reuseport'");
  if (socketOptions !== undefined) {
    if (shared)
      refuse('must not have socketOptions beside shared');
    // They are set between socket(2) and bind(2), by the constructor.
    return false;
  }
  bind(bound, options, exclusive, shared);
  return true;
}

/**
 * Returns a second bound socket for the same socket of the system.
 * @returns {net.BoundSocket}
 */
function clone() {
  const handle = borrow(this);
  const local = getLocal(this);
  const isPipe = typeof local === 'string';
  const copy = newHandle(isPipe);
  const err = socketSharing.duplicate(handle, copy);
  if (err !== 0) {
    copy.close();
    throw new ErrnoException(err, 'dup');
  }
  const claim = isPipe ? claimOf(handle) : handle[kClaim];
  if (claim !== undefined)
    hold(copy, claim.copy());
  return wrap(copy, isPipe ? local : { ...local });
}

// Makes a bound socket of a handle.
function wrap(handle, local) {
  const bound = new BoundSocket(kEmpty);
  setPrivate(bound, handle, local);
  return bound;
}

function listTransfers() {
  return [claimOf(borrowToSend(this))];
}

// The claim is transferred after this, and with it the socket.
function transfer() {
  const handle = borrow(this);
  const claim = claimOf(handle);
  const err = claim.detach(handle);
  if (err !== 0)
    throw new ErrnoException(err, 'dup');
  const local = getLocal(this);
  setPrivate(this, null, local);
  FunctionPrototypeCall(close, handle);
  return {
    data: { claim, local },
    deserializeInfo: 'internal/bound_handle_sharing:ReceivedBoundSocket',
  };
}

// A message may bring a bound socket that nobody is given, because the transfer
// list alone named it. What is not adopted has no owner.
let abandoned;
function closeIfAbandoned(handle) {
  if (!handle[owner_symbol])
    handle.close();
}

function closeWhenAbandoned(bound, handle) {
  abandoned ??= new SafeFinalizationRegistry(closeIfAbandoned);
  abandoned.register(bound, handle);
}

function deserialize({ claim, local }) {
  const handle = newHandle(typeof local === 'string');
  const err = claim.deliver(handle);
  if (err !== 0) {
    handle.close();
    claim.release();
    throw new ErrnoException(err, 'open');
  }
  hold(handle, claim);
  setPrivate(this, handle, local);
  closeWhenAbandoned(this, handle);
}

// What a message is deserialized with. Makes a bound socket without a handle.
function ReceivedBoundSocket() {
  // It may be the first use of the module in this thread.
  require('net');
  return new BoundSocket(kEmpty);
}

// The deserializer looks for the method before it makes an object.
ReceivedBoundSocket.prototype[kDeserialize] = deserialize;

/**
 * @param {any} value
 * @returns {boolean} Whether it is a bound socket.
 */
function isBound(value) {
  return typeof value === 'object' && value !== null && hasHandle(value);
}

/**
 * Takes a bound socket, or a clone of it, for a message to another process.
 * @param {net.BoundSocket} bound
 * @param {boolean} keepOpen Whether it stays the caller's.
 * @returns {{
 *   handle: object,
 *   givesPath: boolean,
 *   close: () => void,
 *   giveBack: () => void,
 *   releasePath: () => void,
 * }} `givesPath` tells whether a path is to be the receiver's, to which
 *   `releasePath()` leaves it.
 */
function pack(bound, keepOpen) {
  const handle = borrowToSend(bound);
  if (keepOpen) {
    const copy = getHandle(FunctionPrototypeCall(clone, bound));
    const close = () => copy.close();
    return { handle: copy, givesPath: false, close, giveBack: close, releasePath() {} };
  }
  const local = getLocal(bound);
  const claim = typeof local === 'string' ? claimOf(handle) : undefined;
  const givesPath = claim?.hasPath() ?? false;
  setPrivate(bound, null, local);
  // It is not abandoned.
  handle[owner_symbol] = bound;
  return {
    handle,
    givesPath,
    close: () => handle.close(),
    giveBack() {
      handle[owner_symbol] = undefined;
      setPrivate(bound, handle, local);
    },
    releasePath() {
      if (givesPath)
        claim.disownPath();
    },
  };
}

/**
 * @param {object} handle What another process has sent.
 * @param {boolean} ownsPath Whether its path is to be deleted with it.
 * @returns {net.BoundSocket | undefined}
 */
function receive(handle, ownsPath) {
  const isPipe = handle instanceof Pipe;
  const local = isPipe ? socketSharing.pathOf(handle.fd) : {};
  const err = isPipe ? 0 : handle.getsockname(local);
  if (err !== 0 || typeof local === 'number') {
    handle.close();
    return undefined;
  }
  if (ownsPath) {
    const claim = new TCP.Claim();
    claim.ownPath(handle);
    hold(handle, claim);
  }
  const bound = wrap(handle, local);
  closeWhenAbandoned(bound, handle);
  return bound;
}

function keepShare({ name, prototype }, NotTransferable) {
  const list = prototype[kTransferList];
  prototype[kTransferList] = function() {
    if (this._handle?.[kClaim]?.isShared())
      throw new NotTransferable(`net.${name}`);
    return FunctionPrototypeCall(list, this);
  };
}

/**
 * Keeps servers and sockets that adopted a shared one from being sent to another
 * thread: the share would stay here, and with it a socket that listens and
 * nobody accepts from.
 * @param {Function} Server
 * @param {Function} Socket
 * @param {Function} NotTransferable What to throw. Lines whose servers and sockets
 *   stay in their thread anyway have no such error.
 */
function keepShares(Server, Socket, NotTransferable) {
  keepShare(Server, NotTransferable);
  keepShare(Socket, NotTransferable);
}

/**
 * Adds what this module does to the class of bound sockets.
 * @param {Function} constructor The class. It calls open().
 * @param {{
 *   getHandle: (bound: net.BoundSocket) => object | null,
 *   getLocal: (bound: net.BoundSocket) => object | string,
 *   hasHandle: (value: object) => boolean,
 *   setPrivate: (
 *     bound: net.BoundSocket, handle: object | null, local: object | string,
 *   ) => void,
 * }} internals What is private to its instances: the handle, and the address
 *   or path. `hasHandle` tells whether a value is an instance.
 */
function extend(constructor, internals) {
  BoundSocket = constructor;
  ({ getHandle, getLocal, hasHandle, setPrivate } = internals);
  listUpstream = BoundSocket.prototype[kTransferList];
  const attributes = {
    __proto__: null, configurable: true, enumerable: false, writable: true,
  };
  ObjectDefineProperties(BoundSocket.prototype, {
    clone: { ...attributes, value: clone },
    [kTransferList]: { ...attributes, value: listTransfers },
    [kTransfer]: { ...attributes, value: transfer },
    [kDeserialize]: { ...attributes, value: deserialize },
  });
}

module.exports = {
  ReceivedBoundSocket,
  extend,
  inspect,
  isBound,
  kDatagram,
  kIPv4,
  kIPv6,
  keepShares,
  open,
  pack,
  receive,
};
