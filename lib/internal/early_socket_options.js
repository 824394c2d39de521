'use strict';

const {
  ArrayPrototypeConcat,
  ArrayPrototypeFind,
  ArrayPrototypePush,
  ArrayPrototypeSplice,
  FunctionPrototypeCall,
  Int32Array,
  ObjectEntries,
  ReflectApply,
  StringPrototypeStartsWith,
  Symbol,
  TypedArrayPrototypeJoin,
} = primordials;

const { Pipe, constants: { SERVER: kPipeServer } } = internalBinding('pipe_wrap');
const {
  TCP,
  constants: {
    SERVER: kTCPServer,
    UV_TCP_IPV6ONLY,
    UV_TCP_REUSEPORT,
  },
  socketConstants,
} = internalBinding('tcp_wrap');
const {
  constants: {
    UV_UDP_IPV6ONLY,
    UV_UDP_REUSEPORT,
  },
} = internalBinding('udp_wrap');
const { UV_EINVAL, UV_ENOTSOCK } = internalBinding('uv');

const {
  ErrnoException,
  UVExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_HANDLE_SHARED,
  },
} = require('internal/errors');
const {
  assertPermission,
  toError,
  toKeep,
} = require('internal/socket_option_values');
const { validateArray, validateInt32 } = require('internal/validators');
const { kDeserialize, kTransfer } = require('internal/worker/js_transferable');

// Keep this list in sync with src/socket_factory.h.
const kReuseAddress = 1;
const kReusePort = 2;
const kIpv6Only = 4;
const kDualStack = 8;
const kExclusive = 16;

// Set on a socket or server: the options passed to the call that creates the
// system socket, and those passed to setsockopt() before that.
const kList = Symbol('kList');
const kKept = Symbol('kKept');
// Set on a server: the options for the connections that it accepts.
const kAccepted = Symbol('kAccepted');

// This is BIND_STATE_UNBOUND in lib/dgram.js.
const kUnbound = 0;

const kNoFamily = 0;

// The index of the option that failed.
const failed = new Int32Array(1);

// The net module does not have to load the internals of dgram.
const stateOf = (socket) => socket[require('internal/dgram').kStateSymbol];

/**
 * @typedef {{
 *   name: string,
 *   flat: Array<number | Uint8Array>,
 * }} OptionList A flat list of levels, names and values, and the name under
 *   which the caller knows it.
 */

/**
 * @param {any} list
 * @param {string} name Its name in error messages.
 * @returns {OptionList | undefined} A copy.
 */
function readList(list, name) {
  if (list === undefined)
    return undefined;
  const path = `options.${name}`;
  validateArray(list, path);
  assertPermission('setsockopt');
  const flat = [];
  for (let i = 0; i < list.length; i++) {
    const option = list[i];
    validateArray(option, `${path}[${i}]`);
    if (option.length !== 3) {
      throw new ERR_INVALID_ARG_VALUE(
        `${path}[${i}]`, option, 'must be a level, a name, and a value');
    }
    const { 0: level, 1: optname, 2: value } = option;
    validateInt32(level, `${path}[${i}][0]`);
    validateInt32(optname, `${path}[${i}][1]`);
    // `| 0` turns -0 into 0: -0 is not an integer to C++.
    ArrayPrototypePush(flat, level | 0, optname | 0, toKeep(value, `${path}[${i}][2]`));
  }
  return { name, flat };
}

function nameOf(prefix, value) {
  const entry = ArrayPrototypeFind(
    ObjectEntries(socketConstants),
    ({ 0: name, 1: number }) =>
      number === value && StringPrototypeStartsWith(name, prefix));
  return entry === undefined ? `${value}` : entry[0];
}

// Formats an option the way programs write it, as far as its names are known.
function describe(level, optname) {
  const levels = {
    __proto__: null,
    SOL_SOCKET: 'SO_',
    IPPROTO_TCP: 'TCP_',
    IPPROTO_IP: 'IP_',
    IPPROTO_IPV6: 'IPV6_',
    IPPROTO_UDP: 'UDP_',
  };
  for (const name in levels) {
    if (socketConstants[name] === level)
      return `${name}, ${nameOf(levels[name], optname)}`;
  }
  return `${level}, ${optname}`;
}

/**
 * @param {object} handle
 * @param {string} syscall
 * @returns {object} The handle that holds the socket. A TLS handle wraps it; a
 *   TTY or a JavaScript stream does not have one.
 */
function findSocket(handle, syscall) {
  while (handle.setSocketOption === undefined) {
    handle = handle._parent;
    if (handle === undefined || handle === null)
      throw new ErrnoException(UV_ENOTSOCK, syscall);
  }
  return handle;
}

/**
 * Creates the socket of a handle, unless it already has one, and sets options.
 * @param {object} handle
 * @param {number} family 4, 6, or 0 for a path.
 * @param {number} flags Options to set first.
 * @param {OptionList | undefined} list
 * @param {Array<number | Uint8Array>} [kept] Options to set after the list.
 * @param {boolean} [isLast] Whether to remove a kept option that fails, because
 *   no other attempt will be made.
 * @returns {Error | undefined}
 */
function create(handle, family, flags, list, kept, isLast = true) {
  const listed = list === undefined ? [] : list.flat;
  const own = listed.length;
  const flat = kept === undefined ? listed : ArrayPrototypeConcat(listed, kept);
  const err = handle.createSocket(family, flags, flat, failed);
  if (err === 0)
    return undefined;
  const index = failed[0];
  if (index === -1)
    return toError(err, 'socket');
  const { [3 * index]: level, [3 * index + 1]: optname } = flat;
  const isKept = 3 * index >= own;
  if (isKept && isLast)
    ArrayPrototypeSplice(kept, 3 * index - own, 3);
  const what = isKept ? 'setsockopt()' : `${list.name}[${index}]`;
  const error = toError(
    err, 'setsockopt', optname, isKept ? 'optname' : `options.${what}[1]`,
    `${what} (${describe(level, optname)})`);
  error.index = isKept ? undefined : index;
  error.level = level;
  error.optname = optname;
  return error;
}

// Replaces bind() and bind6() of a handle, because those set options as well.
function bindPrepared(address, port = 0) {
  return this.bindSocket(address, port);
}

// Like create(), for a socket that is about to be bound or connected.
function createStream(handle, family, flags, list, kept, isLast) {
  const error = create(handle, family, flags, list, kept, isLast);
  if (error === undefined && process.platform !== 'win32') {
    handle.bind = bindPrepared;
    handle.bind6 = bindPrepared;
  }
  return error;
}

// The options that libuv would set when it binds a TCP socket.
function bindFlags(family, ipv6Only, reusePort) {
  return kReuseAddress |
         (reusePort ? kReusePort : 0) |
         (family === 6 ? (ipv6Only ? kIpv6Only : kDualStack) : 0);
}

/**
 * Prepares the handle of a bound socket. Closes the handle when it throws.
 * @param {object} handle
 * @param {{
 *   exclusive?: boolean,
 *   ipv6Only?: boolean,
 *   reusePort?: boolean,
 *   socketOptions?: Array<[number, number, any]>,
 * }} options The options of the constructor.
 * @param {number} family 4, 6, or 0 for a path.
 * @returns {boolean} Whether there was anything to prepare.
 */
function prepareBound(handle, options, family) {
  let error;
  try {
    const list = readList(options.socketOptions, 'socketOptions');
    if (list === undefined)
      return false;
    let flags = 0;
    if (family !== kNoFamily) {
      flags = bindFlags(family, options.ipv6Only, options.reusePort);
      if (options.exclusive)
        flags = (flags & ~kReuseAddress) | kExclusive;
    }
    error = createStream(handle, family, flags, list);
  } catch (err) {
    error = err;
  }
  if (error === undefined)
    return true;
  handle.close();
  throw error;
}

/**
 * Records a call of setsockopt() made before there is a socket.
 * @param {net.Socket | dgram.Socket} socket
 * @param {number} level
 * @param {number} optname
 * @param {any} value
 */
function keep(socket, level, optname, value) {
  // A TLS socket may wrap a socket that is still connecting.
  while (socket._parent)
    socket = socket._parent;
  socket[kKept] ??= [];
  ArrayPrototypePush(socket[kKept], level | 0, optname | 0, toKeep(value, 'value'));
}

/**
 * Records the options of connect().
 * @param {net.Socket} socket
 * @param {{ socketOptions?: Array<[number, number, any]> }} options
 */
function setConnect(socket, options) {
  socket[kList] = readList(options.socketOptions, 'socketOptions');
}

function createToConnect(socket, family, isToBind, flags, isLast) {
  const { [kList]: list, [kKept]: kept } = socket;
  if (list === undefined && kept === undefined)
    return undefined;
  return createStream(
    findSocket(socket._handle, 'setsockopt'), family,
    isToBind ? bindFlags(family, flags & UV_TCP_IPV6ONLY, false) : 0,
    list, kept, isLast);
}

function destroyNT(socket, error) {
  socket.destroy(error);
}

/**
 * Prepares a socket that is about to connect, or destroys it in the next tick,
 * so that the caller of connect() can add an error listener first.
 * @param {net.Socket} socket
 * @param {number} [family]
 * @param {boolean} isToBind
 * @param {number} [flags] The flags to bind with.
 * @returns {boolean} Whether to proceed.
 */
function prepareConnect(socket, family = kNoFamily, isToBind, flags) {
  const error = createToConnect(socket, family, isToBind, flags, true);
  if (error === undefined)
    return true;
  process.nextTick(destroyNT, socket, error);
  return false;
}

/**
 * Prepares one of several attempts to connect.
 * @param {{
 *   addresses: object[],
 *   current: number,
 *   errors: Error[],
 *   flags?: number,
 *   localPort?: number,
 *   socket: net.Socket,
 * }} context
 * @param {number} family
 * @returns {boolean} False if the attempt failed.
 */
function prepareAttempt(context, family) {
  const { addresses, current, errors, flags, localPort, socket } = context;
  const error = createToConnect(
    socket, family, localPort > 0, flags, current === addresses.length);
  if (error === undefined)
    return true;
  ArrayPrototypePush(errors, error);
  return false;
}

/**
 * Records the options of listen().
 * @param {net.Server} server
 * @param {object} options
 */
function setListen(server, options) {
  const list = readList(options.socketOptions, 'socketOptions');
  server[kList] = list;
  if (list === undefined)
    return;
  const { exclusive, fd, handle, reusePort } = options;
  if (fd !== undefined || typeof handle?.fd === 'number') {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options, 'must not have socketOptions beside fd');
  }
  // Older lines lack reusePort, which implies exclusive.
  const isOwn = handle || exclusive || (reusePort && UV_TCP_REUSEPORT !== undefined);
  if (!isOwn && require('cluster').isWorker)
    throw new ERR_SOCKET_HANDLE_SHARED();
}

function openServer(server, address, port, family, flags, list) {
  const isPipe = port === -1;
  const handle = isPipe ? new Pipe(kPipeServer) : new TCP(kTCPServer);
  const defaults = isPipe ?
    0 : bindFlags(family, flags & UV_TCP_IPV6ONLY, flags & UV_TCP_REUSEPORT);
  const error = createStream(handle, family, defaults, list);
  const err = error !== undefined ? 0 : family === 6 ?
    handle.bind6(address, port, flags) : handle.bind(address, port, flags);
  if (error !== undefined || err !== 0) {
    handle.close();
    return error ?? new UVExceptionWithHostPort(err, 'listen', address, port);
  }
  server._handle = handle;
  return undefined;
}

function failListen(server, error) {
  const { error: channel } =
    require('diagnostics_channel').tracingChannel('net.server.listen');
  if (channel.hasSubscribers)
    channel.publish({ server, error });
  process.nextTick(() => server.emit('error', error));
}

/**
 * Prepares a server that is about to listen, creating its handle if it does not
 * have one yet. Emits an error on the server on failure.
 * @param {net.Server} server
 * @param {string} [address] An address or a path; omitted to listen on all
 *   addresses.
 * @param {number} port -1 for a path.
 * @param {number} addressType
 * @param {number} [flags] The flags to bind with.
 * @returns {boolean} Whether to proceed.
 */
function prepareListen(server, address, port, addressType, flags) {
  const list = server[kList];
  if (list === undefined)
    return true;
  server[kList] = undefined;
  let error;
  if (server._handle) {
    error = create(server._handle, kNoFamily, 0, list);
    if (error !== undefined) {
      server._handle.close();
      server._handle = null;
    }
  } else if (address) {
    error = openServer(server, address, port, addressType === 6 ? 6 : port === -1 ? kNoFamily : 4,
                       flags, list);
  } else {
    error = openServer(server, '::', port, 6, flags, list);
    // IPv6 may not be available. Options would fail again with IPv4.
    if (error !== undefined && error.syscall !== 'setsockopt')
      error = openServer(server, '0.0.0.0', port, 4, flags, list);
  }
  if (error === undefined)
    return true;
  failListen(server, error);
  return false;
}

/**
 * Records the options that a server sets on the connections it accepts.
 * @param {net.Server} server
 * @param {{ acceptedSocketOptions?: Array<[number, number, any]> }} options
 */
function setAccepted(server, options) {
  server[kAccepted] = readList(options?.acceptedSocketOptions, 'acceptedSocketOptions');
}

/**
 * Makes the options move along with a server that is sent to another thread, on
 * lines where servers are transferable.
 * @param {object} prototype The prototype of servers.
 */
function carryAccepted(prototype) {
  const { [kTransfer]: transfer, [kDeserialize]: deserialize } = prototype;
  if (transfer === undefined)
    return;
  prototype[kTransfer] = function() {
    const result = FunctionPrototypeCall(transfer, this);
    result.data.accepted = this[kAccepted];
    return result;
  };
  prototype[kDeserialize] = function(data) {
    FunctionPrototypeCall(deserialize, this, data);
    this[kAccepted] = data.accepted;
  };
}

/**
 * Sets the options of an accepted connection. On failure, drops the connection
 * and emits 'drop' on the server.
 * @param {net.Server} server
 * @param {object} handle
 * @returns {boolean} Whether the connection is still open.
 */
function prepareAccepted(server, handle) {
  const list = server[kAccepted];
  if (list === undefined)
    return true;
  const error = create(handle, kNoFamily, 0, list);
  if (error === undefined)
    return true;
  const local = {};
  const remote = {};
  handle.getsockname?.(local);
  handle.getpeername?.(remote);
  handle.close();
  server.emit('drop', {
    __proto__: null,
    localAddress: local.address,
    localPort: local.port,
    localFamily: local.family,
    remoteAddress: remote.address,
    remotePort: remote.port,
    remoteFamily: remote.family,
    error,
  });
  return false;
}

/**
 * Records the options of dgram.createSocket().
 * @param {dgram.Socket} socket
 * @param {{ socketOptions?: Array<[number, number, any]> }} options
 */
function setDatagram(socket, options) {
  socket[kList] = readList(options.socketOptions, 'socketOptions');
}

const hasOptions = (socket) =>
  socket[kList] !== undefined || socket[kKept] !== undefined;

function createDatagram(socket) {
  if (!hasOptions(socket))
    return undefined;
  const { handle, ipv6Only, reuseAddr, reusePort } = stateOf(socket);
  const family = socket.type === 'udp4' ? 4 : 6;
  const flags = (reuseAddr ? kReuseAddress : 0) |
                (reusePort && UV_UDP_REUSEPORT !== undefined ? kReusePort : 0) |
                (family === 6 && ipv6Only ? kIpv6Only : 0);
  const error = create(handle, family, flags, socket[kList], socket[kKept]);
  if (error === undefined && process.platform !== 'win32') {
    // The flags are set already. Setting them again here would override the
    // options.
    const { bind } = handle;
    handle.bind = (address, port, bindFlags) => FunctionPrototypeCall(
      bind, handle, address, port, family === 4 ? bindFlags & UV_UDP_IPV6ONLY : 0);
  }
  return error;
}

/**
 * Prepares a datagram socket that is about to be bound, or emits an error on
 * it.
 * @param {dgram.Socket} socket
 * @param {boolean} isShared Whether the primary process of a cluster binds it.
 * @returns {boolean} Whether to proceed.
 */
function prepareDatagram(socket, isShared) {
  const error = isShared && hasOptions(socket) ?
    new ERR_SOCKET_HANDLE_SHARED() : createDatagram(socket);
  if (error === undefined)
    return true;
  stateOf(socket).bindState = kUnbound;
  socket.emit('error', error);
  return false;
}

function refuseDescriptor(socket, options) {
  if (typeof options?.fd === 'number' && hasOptions(socket)) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options, 'must not have fd, there are options to set before it');
  }
}

/**
 * Makes bindSync() prepare the socket as well, after it has checked its
 * options, and makes sockets that have options refuse descriptors.
 * @param {object} prototype The prototype of datagram sockets.
 */
function extendDatagram(prototype) {
  const { bind: bindAnything, bindSync: bindUnprepared } = prototype;

  prototype.bind = function bind(port, address) {
    refuseDescriptor(this, port);
    return ReflectApply(bindAnything, this, arguments);
  };

  prototype.bindSync = function bindSync(options) {
    const { handle } = stateOf(this);
    if (!handle || !hasOptions(this))
      return FunctionPrototypeCall(bindUnprepared, this, options);
    refuseDescriptor(this, options);
    const { bind } = handle;
    let error;
    handle.bind = (address, port, flags) => {
      handle.bind = bind;
      error = createDatagram(this);
      return error === undefined ? handle.bind(address, port, flags) : UV_EINVAL;
    };
    try {
      return FunctionPrototypeCall(bindUnprepared, this, options);
    } catch (err) {
      throw error ?? err;
    } finally {
      handle.bind = bind;
    }
  };
}

/**
 * Replaces the list that an http.Agent is given with a copy, since the list is
 * read more than once and is part of the name of the connection.
 * @param {{ socketOptions?: Array<[number, number, any]> }} options The options
 *   of the agent itself.
 */
function copyList(options) {
  const list = readList(options.socketOptions, 'socketOptions');
  if (list === undefined)
    return;
  const copy = [];
  for (let i = 0; i < list.flat.length; i += 3)
    ArrayPrototypePush(copy, [list.flat[i], list.flat[i + 1], list.flat[i + 2]]);
  options.socketOptions = copy;
}

/**
 * @param {Array<[number, number, any]> | undefined} list
 * @returns {string} A key that tells apart connections made with different
 *   options.
 */
function keyOf(list) {
  if (list === undefined)
    return '';
  const { flat } = readList(list, 'socketOptions');
  let key = ':socketOptions';
  for (let i = 0; i < flat.length; i++) {
    const part = flat[i];
    key += typeof part === 'number' ? `:${part}` : `:[${TypedArrayPrototypeJoin(part, ',')}]`;
  }
  return key;
}

module.exports = {
  carryAccepted,
  copyList,
  extendDatagram,
  findSocket,
  keep,
  keyOf,
  prepareAccepted,
  prepareAttempt,
  prepareBound,
  prepareConnect,
  prepareDatagram,
  prepareListen,
  setAccepted,
  setConnect,
  setDatagram,
  setListen,
};
