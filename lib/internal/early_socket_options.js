'use strict';

const {
  ArrayPrototypeFind,
  ArrayPrototypePush,
  ArrayPrototypePushApply,
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

// src/socket_creation.cc has the same list.
const kReuseAddress = 1;
const kReusePort = 2;
const kIpv6Only = 4;
const kDualStack = 8;
const kExclusive = 16;

// Of a socket or server: the options that the call that makes it is given, and
// those that setsockopt() was.
const kList = Symbol('kList');
const kKept = Symbol('kKept');
// Of a server: what connections that it accepts are given.
const kAccepted = Symbol('kAccepted');

// lib/dgram.js has it as BIND_STATE_UNBOUND.
const kUnbound = 0;

const kNoFamily = 0;

// The index of the option that failed.
const failed = new Int32Array(1);

// What is for datagrams is not loaded with net.
const stateOf = (socket) => socket[require('internal/dgram').kStateSymbol];

/**
 * @typedef {{
 *   name: string,
 *   flat: Array<number | Uint8Array>,
 * }} OptionList A level, a name and a value, one after the other, and what the
 *   caller knows the list by.
 */

/**
 * @param {any} list
 * @param {string} name What it is called in errors.
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
    // `| 0` makes 0 of -0, which is no integer to C++.
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

// An option as programs write it, as far as its names are known.
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
 * @returns {object} The handle that holds the socket: TLS wraps it, a TTY or a
 *   JavaScript stream has none.
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
 * Makes a handle's socket, or takes the one that it has, and sets options.
 * @param {object} handle
 * @param {number} family 4, 6, or 0 for a path.
 * @param {number} flags What is to be set first.
 * @param {OptionList | undefined} list
 * @param {Array<number | Uint8Array>} [kept] To be set after the list.
 * @param {boolean} [isLast] Whether what is kept and fails is removed, since
 *   nothing else will be tried.
 * @returns {Error | undefined}
 */
function create(handle, family, flags, list, kept, isLast = true) {
  const flat = [];
  if (list !== undefined)
    ArrayPrototypePushApply(flat, list.flat);
  const own = flat.length;
  if (kept !== undefined)
    ArrayPrototypePushApply(flat, kept);
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

// Takes the place of a handle's bind() and bind6(), which set options as well.
function bindPrepared(address, port = 0) {
  return this.bindSocket(address, port);
}

// As create(), for a socket that is bound or connected next.
function createStream(handle, family, flags, list, kept, isLast) {
  const error = create(handle, family, flags, list, kept, isLast);
  if (error === undefined && process.platform !== 'win32') {
    handle.bind = bindPrepared;
    handle.bind6 = bindPrepared;
  }
  return error;
}

// What libuv would set to bind a TCP socket.
function bindFlags(family, ipv6Only, reusePort) {
  return kReuseAddress |
         (reusePort ? kReusePort : 0) |
         (family === 6 ? (ipv6Only ? kIpv6Only : kDualStack) : 0);
}

/**
 * Prepares a bound socket's handle, which is closed when this throws.
 * @param {object} handle
 * @param {{
 *   exclusive?: boolean,
 *   ipv6Only?: boolean,
 *   reusePort?: boolean,
 *   socketOptions?: Array<[number, number, any]>,
 * }} options Those of the constructor.
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
 * Keeps what setsockopt() is called with before there is a socket.
 * @param {net.Socket | dgram.Socket} socket
 * @param {number} level
 * @param {number} optname
 * @param {any} value
 */
function keep(socket, level, optname, value) {
  // TLS may be over a socket that connects.
  while (socket._parent)
    socket = socket._parent;
  socket[kKept] ??= [];
  ArrayPrototypePush(socket[kKept], level | 0, optname | 0, toKeep(value, 'value'));
}

/**
 * Takes the options of connect().
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
 * Prepares a socket that is about to connect, or destroys it. Whoever called
 * connect() listens for the error before that.
 * @param {net.Socket} socket
 * @param {number} [family]
 * @param {boolean} isToBind
 * @param {number} [flags] Those to bind with.
 * @returns {boolean} Whether it can go on.
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
 * @returns {boolean} False if the attempt has failed.
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
 * Takes the options of listen().
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
  // Older lines do not have reusePort, which stands for exclusive.
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
 * Prepares a server that is about to listen, or tells it that it failed. It has
 * a handle then, if it has none yet.
 * @param {net.Server} server
 * @param {string} [address] Or a path, or none for every address.
 * @param {number} port -1 for a path.
 * @param {number} addressType
 * @param {number} [flags] Those to bind with.
 * @returns {boolean} Whether it can go on.
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
    // There may be no IPv6. Options fail with it or without.
    if (error !== undefined && error.syscall !== 'setsockopt')
      error = openServer(server, '0.0.0.0', port, 4, flags, list);
  }
  if (error === undefined)
    return true;
  failListen(server, error);
  return false;
}

/**
 * Takes the options that a server gives to the connections it accepts.
 * @param {net.Server} server
 * @param {{ acceptedSocketOptions?: Array<[number, number, any]> }} options
 */
function setAccepted(server, options) {
  server[kAccepted] = readList(options?.acceptedSocketOptions, 'acceptedSocketOptions');
}

/**
 * Lets a server that is sent to another thread take them along, on lines where
 * servers can be sent.
 * @param {object} prototype That of servers.
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
 * Sets them, or drops the connection and says so on the server.
 * @param {net.Server} server
 * @param {object} handle
 * @returns {boolean} Whether there still is a connection.
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
 * Takes the options of dgram.createSocket().
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
    // What is set already is not set once more, after the options.
    const { bind } = handle;
    handle.bind = (address, port, bindFlags) => FunctionPrototypeCall(
      bind, handle, address, port, family === 4 ? bindFlags & UV_UDP_IPV6ONLY : 0);
  }
  return error;
}

/**
 * Prepares a datagram socket that is about to be bound, or tells it that it
 * failed.
 * @param {dgram.Socket} socket
 * @param {boolean} isShared Whether the primary process of a cluster binds it.
 * @returns {boolean} Whether it can go on.
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
 * Lets bindSync() prepare the socket, too, when it has checked its options, and
 * keeps descriptors from sockets that have options.
 * @param {object} prototype That of datagram sockets.
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
 * Puts a copy in the place of the list that an http.Agent is given: it is read
 * more than once, and names the connection.
 * @param {{ socketOptions?: Array<[number, number, any]> }} options The agent's own.
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
 * @returns {string} What tells connections that were made with different options
 *   apart.
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
