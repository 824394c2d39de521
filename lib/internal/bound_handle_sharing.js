'use strict';

const {
  FunctionPrototypeCall,
  ObjectDefineProperties,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptors,
  ReflectApply,
  ReflectGetOwnPropertyDescriptor,
  ReflectOwnKeys,
  SafeWeakMap,
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

const {
  bindTerms,
  bindWithOptions,
  kExclusive,
  kIpv6Only,
  kReusePort,
  setBindOtherwise,
} = require('internal/early_socket_options');
const {
  ErrnoException,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_NOT_SUPPORTED_IN_SNAPSHOT,
    ERR_SOCKET_HANDLE_ADOPTED,
  },
} = require('internal/errors');
const explicitOptions = require('internal/explicit_options');
const { assertPermission } = require('internal/socket_option_values');
const {
  namespace: {
    addSerializeCallback,
    isBuildingSnapshot,
  },
} = require('internal/v8/startup_snapshot');
const {
  validateBoolean,
  validateOneOf,
} = require('internal/validators');
const {
  markTransferMode,
  kDeserialize,
  kTransfer,
  kTransferList,
} = require('internal/worker/js_transferable');

// The option whose term differs.
const mismatches = {
  __proto__: null,
  [kExclusive]: 'exclusive',
  [kIpv6Only]: 'ipv6Only',
  [kReusePort]: 'shared',
};

const { Transit } = TCP;

function refuse(options, problem) {
  throw new ERR_INVALID_ARG_VALUE('options', options, problem);
}

// For a bound socket that gets its handle later. Never exposed to users.
const kEmpty = { __proto__: null };

// The class of bound sockets, and accessors for the private state of its
// instances.
let BoundSocket;
let internals;
let getRaw;
let getLocal;
let setPrivate;

// Opens bound sockets in a way that this module does not know, if set.
let openOtherwise;

// The method that this module extends.
let getDescriptor;

// Upstream's own transfer list method, if it has one. It throws upstream's
// error for a bound socket without a handle.
let listUpstream;

// The transits that bound sockets are sent with, or came with.
const transits = new SafeWeakMap();

/**
 * A bound socket that was received is opened when it is first used, so that
 * nothing is left of one that nobody uses. One that was sent has lost its
 * handle, and one that is used before that is not sent.
 * @param {net.BoundSocket} bound
 * @returns {net.BoundSocket} The same, with the handle that it has now.
 */
function settle(bound) {
  const transit = transits.get(bound);
  if (transit === undefined)
    return bound;
  const local = getLocal(bound);
  let handle = transit.handle();
  if (handle === undefined) {
    handle = newHandle(typeof local === 'string');
    const err = transit.open(handle);
    if (err !== 0) {
      handle.close();
      throw new ErrnoException(err, 'open');
    }
    explicitOptions.inherit(handle, transit);
  }
  transits.delete(bound);
  setPrivate(bound, handle, local);
  return bound;
}

const getHandle = (bound) => getRaw(settle(bound));

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

// Makes a handle share the address with other handles of its kind in any
// thread.
function share(handle, host, port, terms, options) {
  const result = socketSharing.share(handle, host, port, terms);
  if (result <= 0)
    return result;
  const name = mismatches[result];
  throw new ERR_INVALID_ARG_VALUE(
    `options.${name}`, options[name],
    `is not what ${host}:${port} is shared with already`);
}

// Binds the handle of a bound socket that is exclusive or shared.
setBindOtherwise((handle, options, list, family, host, port) => {
  const { exclusive, ipv6Only, reusePort, shared } = options;
  if (exclusive != null)
    validateBoolean(exclusive, 'options.exclusive');
  if (shared != null)
    validateOneOf(shared, 'options.shared', [true, false, 'reuseport']);
  if (!exclusive && !shared)
    return undefined;
  if (family === 0)
    refuse(options, 'must not have exclusive or shared beside path');
  if (reusePort)
    refuse(options, 'must not have reusePort beside exclusive or shared');
  if (exclusive && shared === 'reuseport')
    refuse(options, "must not have exclusive beside shared 'reuseport'");
  if (shared && list !== undefined)
    refuse(options, 'must not have socketOptions beside shared');
  assertPermission('bind');
  const terms = bindTerms(family, ipv6Only, shared === 'reuseport', exclusive);
  if (shared)
    return share(handle, host, port, terms, options);
  const err = bindWithOptions(handle, family, host, port, terms, list);
  socketSharing.markExclusive(handle);
  return err;
});

// V8 would abort on a bound socket that is open when a startup snapshot is built.
function refuseOpen(bound) {
  // Throwing would not end the process here.
  if (getHandle(bound)) {
    triggerUncaughtException(
      new ERR_NOT_SUPPORTED_IN_SNAPSHOT('A bound socket that is open'),
      false /* fromPromise */);
  }
}

/**
 * Must be called first in the constructor.
 * @param {net.BoundSocket} bound
 * @param {object} options The options of the constructor.
 * @returns {boolean} False if the constructor has to open it.
 */
function open(bound, options) {
  markTransferMode(bound, false, true);
  // The program's own callbacks can close it first.
  if (isBuildingSnapshot())
    addSerializeCallback(() => addSerializeCallback(refuseOpen, bound));
  return options === kEmpty || openOtherwise?.(bound, options) === true;
}

/**
 * Returns a second bound socket for the same system socket.
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
  explicitOptions.share(copy, handle);
  return wrap(copy, isPipe ? local : { ...local });
}

// Another process can inherit the descriptor. If one has it by the time that the
// socket is closed here, the path is left to that process.
function fd() {
  const handle = getHandle(this);
  if (handle instanceof Pipe)
    socketSharing.handOn(handle);
  return FunctionPrototypeCall(getDescriptor, this);
}

function wrap(handle, local) {
  const bound = new BoundSocket(kEmpty);
  setPrivate(bound, handle, local);
  return bound;
}

// Throws early for a bound socket that has none.
function listTransfers() {
  borrowToSend(this);
  return [];
}

// The handle leaves with the transit, at the very last. If anything fails
// before, the sender still has it.
function transfer() {
  const handle = borrow(this);
  const transit = new Transit(handle);
  transits.set(this, transit);
  // A message that was not sent leaves a descriptor in it.
  process.nextTick(settle, this);
  return {
    data: { transit, local: getLocal(this), explicit: explicitOptions.toList(handle) },
    deserializeInfo: 'internal/bound_handle_sharing:ReceivedBoundSocket',
  };
}

function deserialize({ transit, local, explicit }) {
  setPrivate(this, null, local);
  explicitOptions.fromList(transit, explicit);
  transits.set(this, transit);
}

// Used as a constructor by the deserializer. Returns a bound socket that does
// not have a handle yet.
function ReceivedBoundSocket() {
  // The net module may not have been loaded in this thread yet.
  require('net');
  return new BoundSocket(kEmpty);
}

// The deserializer looks the method up before it creates an object.
ReceivedBoundSocket.prototype[kDeserialize] = deserialize;

// Returns the method of a class for a bound socket that may have to be settled.
function settled(method) {
  return method && ObjectDefineProperties(function() {
    return ReflectApply(method, settle(this), arguments);
  }, ObjectGetOwnPropertyDescriptors(method));
}

/**
 * Adds the features of this module to the class of bound sockets.
 * @param {Function} constructor The class, which calls open().
 * @param {object} accessors Accessors for the private state of its instances: the
 *   handle, and the address or path. `hasHandle` tells whether a value is one.
 */
function extend(constructor, accessors) {
  BoundSocket = constructor;
  internals = accessors;
  ({ getHandle: getRaw, getLocal, setPrivate } = internals);
  const { prototype } = BoundSocket;
  listUpstream = prototype[kTransferList];
  getDescriptor = prototype.fd;
  for (const key of ReflectOwnKeys(prototype)) {
    if (key === 'constructor')
      continue;
    const property = ReflectGetOwnPropertyDescriptor(prototype, key);
    const { get, value } = property;
    ObjectDefineProperty(prototype, key, get === undefined ?
      { __proto__: null, ...property, value: settled(value) } :
      { __proto__: null, ...property, get: settled(get) });
  }
  const attributes = {
    __proto__: null, configurable: true, enumerable: false, writable: true,
  };
  ObjectDefineProperties(prototype, {
    clone: { ...attributes, value: clone },
    fd: { ...attributes, value: fd },
    [kTransferList]: { ...attributes, value: listTransfers },
    [kTransfer]: { ...attributes, value: transfer },
    [kDeserialize]: { ...attributes, value: deserialize },
  });
}

module.exports = {
  ReceivedBoundSocket,
  borrowToSend,
  clone,
  extend,
  getHandle,
  /** @returns {object} What extend() was given, once net has been loaded. */
  getInternals: () => internals,
  newHandle,
  open,
  setOpenOtherwise: (other) => openOtherwise = other,
  settle,
  wrap,
};
