'use strict';

const {
  ArrayPrototypeConcat,
  ArrayPrototypeFind,
  ArrayPrototypeForEach,
  ArrayPrototypePush,
  ArrayPrototypeSplice,
  FunctionPrototypeCall,
  Int32Array,
  ObjectAssign,
  ObjectEntries,
  ObjectFreeze,
  SafeWeakMap,
  StringPrototypeIncludes,
  StringPrototypeStartsWith,
  Symbol,
  TypedArrayPrototypeJoin,
  TypedArrayPrototypeSlice,
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
const { UV_EADDRINUSE, UV_EINVAL, UV_ENOTSOCK } = internalBinding('uv');

const { errorMonitor } = require('events');
const {
  ErrnoException,
  ExceptionWithHostPort,
  UVExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_DGRAM_NOT_RUNNING,
    ERR_SOCKET_HANDLE_SHARED,
  },
} = require('internal/errors');
const explicitOptions = require('internal/explicit_options');
const { isIP } = require('internal/net');
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

// Set on a socket or server: the options passed to the constructor, to the call
// that creates the system socket, and to setsockopt() before that.
const kDefault = Symbol('kDefault');
const kList = Symbol('kList');
const kKept = Symbol('kKept');
// How much of what was kept has been set on a socket already.
const kUsed = Symbol('kUsed');
// Set on a client: the family of the present attempt to connect, and whether
// the family is not the program's choice.
const kFamily = Symbol('kFamily');
const kAnyFamily = Symbol('kAnyFamily');
// Set on a server: the options for the connections that it accepts, and whether
// the user was warned of those that fail.
const kAccepted = Symbol('kAccepted');
const kWarned = Symbol('kWarned');
// Set on a datagram socket: the callbacks that wait until it is bound.
const kWaiting = Symbol('kWaiting');

// This is BIND_STATE_UNBOUND in lib/dgram.js.
const kUnbound = 0;

const kNoFamily = 0;

// The index of the option that failed, or -1.
const failed = new Int32Array(1);

// Copies of lists that are read more than once, with what was read.
const read = new SafeWeakMap();

// The net module does not have to load the internals of dgram.
const stateOf = (socket) => socket[require('internal/dgram').kStateSymbol];

// Options in the wrong call would be ignored.
function refuse(options, name, call) {
  if (options?.[name] !== undefined && options[name] !== null) {
    throw new ERR_INVALID_ARG_VALUE(
      `options.${name}`, options[name], `is an option of ${call}`);
  }
}

/**
 * @param {any} list
 * @param {string} [name] Its name in error messages.
 * @returns {Array<number | Uint8Array> | undefined} A copy: a flat list of
 *   levels, names, and values.
 */
function readList(list, name = 'socketOptions') {
  if (list === undefined || list === null)
    return undefined;
  const path = `options.${name}`;
  validateArray(list, path);
  assertPermission('setsockopt');
  const known = read.get(list);
  if (known !== undefined)
    return known.flat;
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
  return flat;
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

// Whether options are to be set before bind(2) or connect(2).
const hasOptions = (socket) =>
  socket[kList] !== undefined || socket[kKept] !== undefined;

const allOptions = (list = [], kept = undefined) =>
  (kept === undefined ? list : ArrayPrototypeConcat(list, kept));

/**
 * @param {number} err What a native call returned.
 * @param {string} name The name of the list.
 * @param {number[]} list The options that were set,
 * @param {number[]} [kept] followed by those that were kept.
 * @param {boolean} [isLast] Whether to remove a kept option that fails, because
 *   no other attempt will be made.
 * @returns {Error}
 */
function toOptionError(err, name, list = [], kept = undefined, isLast = true) {
  const index = failed[0];
  if (index === -1)
    return toError(err, 'socket');
  const at = 3 * index - list.length;
  const isKept = at >= 0;
  const { [isKept ? at : 3 * index]: level, [isKept ? at + 1 : 3 * index + 1]: optname } =
    isKept ? kept : list;
  if (isKept && isLast)
    ArrayPrototypeSplice(kept, at, 3);
  const what = isKept ? 'setsockopt()' : `${name}[${index}]`;
  const error = toError(
    err, 'setsockopt', optname, isKept ? 'optname' : `options.${what}[1]`,
    `${what} (${describe(level, optname)})`);
  error.index = isKept ? undefined : index;
  error.level = level;
  error.optname = optname;
  return error;
}

// Sets options of a handle that has a socket.
function setOptions(handle, list, name = 'socketOptions') {
  const err = handle.createSocket(kNoFamily, 0, list, failed);
  if (err !== 0)
    return toOptionError(err, name, list);
  explicitOptions.noteAll(handle, list);
  return undefined;
}

/**
 * Creates the socket of a handle, unless it already has one, sets options, and
 * binds it. Throws if an option fails.
 * @returns {number} 0 or an error code, as bind() of a handle.
 */
function bindWithOptions(handle, address, port, terms, list, kept) {
  const all = allOptions(list, kept);
  const err = handle.bindSocket(address, port, terms, all, failed);
  if (failed[0] === -1) {
    explicitOptions.noteAll(handle, all);
    return err;
  }
  const error = toOptionError(err, 'socketOptions', list, kept);
  throw error;
}

// The terms on which libuv would bind a TCP socket, or exclusive ones.
function bindTerms(family, ipv6Only, reusePort, isExclusive = false) {
  return (isExclusive ? kExclusive : kReuseAddress) |
         (reusePort ? kReusePort : 0) |
         (family === 6 ? (ipv6Only ? kIpv6Only : kDualStack) : 0);
}

/**
 * Binds the handle of a bound socket, if it is exclusive or there are options to
 * set before. Closes the handle when it throws.
 * @param {object} handle
 * @param {{
 *   ipv6Only?: boolean,
 *   reusePort?: boolean,
 *   socketOptions?: Array<[number, number, any]>,
 * }} options The options of the constructor.
 * @param {number} family 4, 6, or 0 for a path.
 * @param {string} address An address or a path.
 * @param {number} [port]
 * @param {boolean} [isExclusive] Whether nobody else may bind the address.
 * @returns {number | undefined} As bind() of the handle; undefined if that is to
 *   be called.
 */
function bindBound(handle, options, family, address, port, isExclusive = false) {
  try {
    refuse(options, 'acceptedSocketOptions', 'net.createServer()');
    const list = readList(options.socketOptions);
    if (list === undefined && !isExclusive)
      return undefined;
    const terms = family === kNoFamily ?
      0 : bindTerms(family, options.ipv6Only, options.reusePort, isExclusive);
    return bindWithOptions(handle, address, port, terms, list);
  } catch (err) {
    handle.close();
    throw err;
  }
}

/**
 * Records a call of setsockopt() made before there is a socket. A client that
 * is about to connect gets its socket now.
 * @param {net.Socket | dgram.Socket} socket
 * @param {number} level
 * @param {number} optname
 * @param {any} value
 */
function keep(socket, level, optname, value) {
  socket = explicitOptions.bottomOf(socket);
  const option = [level | 0, optname | 0, toKeep(value, 'value')];
  // A conversion of the value may have destroyed the socket.
  if (socket[kFamily] !== undefined && socket._handle) {
    const handle = findSocket(socket._handle, 'setsockopt');
    const err = handle.createSocket(socket[kFamily], 0, option, failed);
    if (err === 0)
      return;
    const error = toError(err, failed[0] === -1 ? 'socket' : 'setsockopt', optname);
    throw error;
  }
  const kept = socket[kKept] ??= [];
  // Options can depend on their order, and some act rather than hold a value.
  // So calls are kept as they are made, until the program makes them again for
  // the next connection.
  for (let i = socket[kUsed] - 3; i >= 0; i -= 3) {
    if (kept[i] === option[0] && kept[i + 1] === option[1]) {
      ArrayPrototypeSplice(kept, i, 3);
      socket[kUsed] -= 3;
    }
  }
  ArrayPrototypePush(kept, option[0], option[1], option[2]);
}

/**
 * @param {net.Socket | dgram.Socket} socket
 * @param {number} level
 * @param {number} optname
 * @returns {number | Uint8Array | undefined} The value that was recorded last.
 */
function getKept(socket, level, optname) {
  const kept = explicitOptions.bottomOf(socket)[kKept] ?? [];
  for (let i = kept.length - 3; i >= 0; i -= 3) {
    if (kept[i] === level && kept[i + 1] === optname)
      return kept[i + 2];
  }
  return undefined;
}

/**
 * Records the options of the constructor, for all connections.
 * @param {net.Socket} socket
 * @param {{ socketOptions?: Array<[number, number, any]> }} [options]
 */
function setDefault(socket, options) {
  refuse(options, 'acceptedSocketOptions', 'net.createServer()');
  socket[kDefault] = readList(options?.socketOptions);
}

/**
 * Records the options of connect().
 * @param {net.Socket} socket
 * @param {{
 *   host?: string,
 *   path?: string,
 *   socketOptions?: Array<[number, number, any]>,
 * }} options
 */
function setConnect(socket, options) {
  const { host, path } = options;
  refuse(options, 'acceptedSocketOptions', 'net.createServer()');
  socket[kList] = readList(options.socketOptions) ?? socket[kDefault];
  if (socket[kList] !== undefined)
    explicitOptions.noteAll(socket, socket[kList]);
  socket[kFamily] = undefined;
  // Without a host, it is a name. Values of other types are refused later.
  socket[kAnyFamily] = !path && (typeof host !== 'string' || isIP(host) === 0);
}

function createToConnect(socket, family, isToBind, flags, isLast) {
  socket[kFamily] = family;
  if (!hasOptions(socket))
    return undefined;
  const { [kList]: list, [kKept]: kept } = socket;
  const terms = isToBind ? bindTerms(family, flags & UV_TCP_IPV6ONLY, false) : 0;
  // The program does not know the family, or did not know it yet.
  const optionalFrom = socket[kAnyFamily] || list === undefined ? 0 : list.length / 3;
  let err;
  try {
    err = findSocket(socket._handle, 'setsockopt').createSocket(
      family, terms, allOptions(list, kept), failed, optionalFrom);
  } catch (error) {
    return error;
  }
  const error = err === 0 ?
    undefined : toOptionError(err, 'socketOptions', list, kept, isLast);
  socket[kUsed] = kept?.length;
  return error;
}

// The socket may connect with another handle by now.
function destroyNT(socket, handle, error) {
  if (socket._handle === handle)
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
  process.nextTick(destroyNT, socket, socket._handle, error);
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
 * Binds a socket that prepareConnect() or prepareAttempt() has prepared.
 * @param {net.Socket} socket
 * @param {string} address
 * @param {number} [port]
 * @returns {number | undefined} As bind() of a handle; undefined if there are
 *   no options.
 */
function bindClient(socket, address, port = 0) {
  return hasOptions(socket) ?
    findSocket(socket._handle, 'bind').bindSocket(address, port) : undefined;
}

/**
 * @param {AggregateError} error The errors of all attempts to connect.
 * @returns {AggregateError} The same, with what the first says of an option.
 */
function describeAll(error) {
  const { index, level, optname, syscall } = error.errors[0];
  return optname === undefined ?
    error : ObjectAssign(error, { syscall, index, level, optname });
}

/**
 * Records the options of listen().
 * @param {net.Server} server
 * @param {object} options
 */
function setListen(server, options) {
  refuse(options, 'acceptedSocketOptions', 'net.createServer()');
  const list = readList(options.socketOptions);
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

// Returns 0, an error code, or throws.
function openServer(server, address, port, family, flags, list) {
  const isPipe = family === kNoFamily;
  const handle = isPipe ? new Pipe(kPipeServer) : new TCP(kTCPServer);
  const terms = isPipe ?
    0 : bindTerms(family, flags & UV_TCP_IPV6ONLY, flags & UV_TCP_REUSEPORT);
  let err;
  try {
    err = bindWithOptions(handle, address, port, terms, list);
    if (err === 0)
      server._handle = handle;
    return err;
  } finally {
    if (err !== 0)
      handle.close();
  }
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
 * @param {number} backlog
 * @param {number} [flags] The flags to bind with.
 * @returns {boolean} Whether to proceed.
 */
function prepareListen(server, address, port, addressType, backlog, flags) {
  const list = server[kList];
  if (list === undefined)
    return true;
  server[kList] = undefined;
  let error;
  try {
    if (server._handle) {
      error = setOptions(server._handle, list);
      if (error === undefined)
        return true;
      server._handle.close();
      server._handle = null;
    } else {
      let family = port === -1 ? kNoFamily : addressType === 6 ? 6 : 4;
      let host = address;
      if (!address) {
        family = 6;
        host = '::';
      }
      let err = openServer(server, host, port, family, flags, list);
      // IPv6 may not be available. As usual, an address in use is no reason to
      // listen without it; libuv would report that later.
      if (!address && err !== 0 && err !== UV_EADDRINUSE) {
        family = 4;
        host = '0.0.0.0';
        err = openServer(server, host, port, family, flags, list);
      }
      if (err === 0) {
        if (address)
          return true;
        // Let the server know what it listens on.
        server._listen2(host, port, family, backlog, undefined, flags);
        return false;
      }
      error = new UVExceptionWithHostPort(err, 'listen', host, port);
    }
  } catch (err) {
    error = err;
  }
  failListen(server, error);
  return false;
}

/**
 * Records the options that a server sets on the connections it accepts.
 * @param {net.Server} server
 * @param {{ acceptedSocketOptions?: Array<[number, number, any]> }} [options]
 */
function setAccepted(server, options) {
  refuse(options, 'socketOptions', 'server.listen()');
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
  const error = setOptions(handle, list, 'acceptedSocketOptions');
  if (error === undefined)
    return true;
  const local = {};
  const remote = {};
  handle.getsockname?.(local);
  handle.getpeername?.(remote);
  handle.close();
  const isHeard = server.emit('drop', {
    __proto__: null,
    localAddress: local.address,
    localPort: local.port,
    localFamily: local.family,
    remoteAddress: remote.address,
    remotePort: remote.port,
    remoteFamily: remote.family,
    error,
  });
  if (!isHeard && !server[kWarned]) {
    server[kWarned] = true;
    process.emitWarning(
      `A server drops connections: ${error.message}. Listen for 'drop' to hear of each.`);
  }
  return false;
}

/**
 * Records the options of dgram.createSocket().
 * @param {dgram.Socket} socket
 * @param {{ socketOptions?: Array<[number, number, any]> }} options
 */
function setDatagram(socket, options) {
  socket[kList] = readList(options.socketOptions);
}

/**
 * Checks the first argument of bind() of a datagram socket.
 * @param {dgram.Socket} socket
 * @param {any} options
 */
function checkDatagram(socket, options) {
  if (options === null || typeof options !== 'object')
    return;
  refuse(options, 'socketOptions', 'dgram.createSocket()');
  if (typeof options.fd === 'number' && hasOptions(socket)) {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options, 'must not have fd, there are options to set before it');
  }
}

/**
 * Calls back with the error if binding, which has begun, fails.
 * @param {dgram.Socket} socket
 * @param {Function} [callback]
 */
function awaitBind(socket, callback) {
  if (typeof callback !== 'function')
    return;
  if (socket[kWaiting] !== undefined) {
    ArrayPrototypePush(socket[kWaiting], callback);
    return;
  }
  socket[kWaiting] = [callback];
  const end = (error) => {
    socket.removeListener('listening', end);
    socket.removeListener(errorMonitor, end);
    const waiting = socket[kWaiting];
    socket[kWaiting] = undefined;
    if (error !== undefined)
      ArrayPrototypeForEach(waiting, (call) => process.nextTick(call, error));
  };
  socket.on('listening', end);
  socket.on(errorMonitor, end);
}

// Other ways for bindSync() to get a socket, which another module adds.
let bindOtherwise = () => undefined;

/**
 * @param {(
 *   socket: dgram.Socket, address: string, port: number, options: object,
 * ) => number | undefined} other As bindDatagramSync().
 */
function setBindOtherwise(other) {
  bindOtherwise = other;
}

/**
 * @param {dgram.Socket} socket
 * @param {string} address
 * @param {number} [port]
 * @param {boolean} isExclusive Must be true for a socket without options.
 * @returns {number} As bind() of a handle.
 */
function bindDatagramHandle(socket, address, port, isExclusive) {
  const { handle, ipv6Only, reuseAddr, reusePort } = stateOf(socket);
  // A getter of the options may have closed it.
  if (!handle)
    throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
  const family = socket.type === 'udp4' ? 4 : 6;
  if (isIP(address) !== family)
    return UV_EINVAL;
  // On Windows, being exclusive takes an option.
  if (!hasOptions(socket) && process.platform !== 'win32')
    return handle.bind(address, port, ipv6Only ? UV_UDP_IPV6ONLY : 0);
  const terms = (reuseAddr ? kReuseAddress : 0) |
                (reusePort && UV_UDP_REUSEPORT !== undefined ? kReusePort : 0) |
                (family === 6 && ipv6Only ? kIpv6Only : 0) |
                (isExclusive ? kExclusive : 0);
  return bindWithOptions(handle, address, port >>> 0, terms, socket[kList], socket[kKept]);
}

/**
 * Binds a datagram socket that has options, or emits an error on it.
 * @param {dgram.Socket} socket
 * @param {string} address
 * @param {number} [port]
 * @param {boolean} isShared Whether the primary process of a cluster binds it.
 * @param {(socket: dgram.Socket) => void} startListening
 * @returns {boolean} False if there are no options.
 */
function bindDatagram(socket, address, port, isShared, startListening) {
  if (!hasOptions(socket))
    return false;
  let error;
  try {
    if (isShared)
      throw new ERR_SOCKET_HANDLE_SHARED();
    const err = bindDatagramHandle(socket, address, port, false);
    if (err !== 0)
      error = new ExceptionWithHostPort(err, 'bind', address, port);
  } catch (err) {
    error = err;
  }
  if (error === undefined) {
    startListening(socket);
  } else {
    stateOf(socket).bindState = kUnbound;
    socket.emit('error', error);
  }
  return true;
}

/**
 * Binds a datagram socket that has options.
 * @param {dgram.Socket} socket
 * @param {string} address
 * @param {number} port
 * @param {object} options The options of bindSync().
 * @returns {number | undefined} As bind() of a handle; undefined if there are
 *   no options.
 */
function bindDatagramSync(socket, address, port, options) {
  try {
    checkDatagram(socket, options);
    return bindOtherwise(socket, address, port, options) ??
      (hasOptions(socket) ? bindDatagramHandle(socket, address, port, false) : undefined);
  } catch (err) {
    stateOf(socket).bindState = kUnbound;
    throw err;
  }
}

/**
 * Makes options that an http.Agent was given, or a request, quick to read again:
 * they are read for each connection, and are part of its name.
 * @param {{ socketOptions?: Array<[number, number, any]> }} options The agent's
 *   own object.
 */
function copyList(options) {
  const flat = readList(options.socketOptions);
  if (flat === undefined) {
    // This would override the list of a request.
    delete options.socketOptions;
    return;
  }
  if (read.has(options.socketOptions))
    return;
  const list = [];
  for (let i = 0; i < flat.length; i += 3) {
    const value = flat[i + 2];
    ArrayPrototypePush(list, ObjectFreeze([
      flat[i], flat[i + 1], typeof value === 'number' ? value : TypedArrayPrototypeSlice(value),
    ]));
  }
  options.socketOptions = ObjectFreeze(list);
  read.set(list, { flat, key: toKey(flat) });
}

// In the name of a connection, this comes before the options, if any. A name
// that has it for another reason ends with it.
const kMark = ':socketOptions:';

function toKey(flat) {
  let key = kMark;
  for (let i = 0; i < flat.length; i++)
    key += `${typeof flat[i] === 'number' ? flat[i] : `[${TypedArrayPrototypeJoin(flat[i], ',')}]`};`;
  return key;
}

/**
 * @param {Array<[number, number, any]> | undefined} list
 * @param {string} name The name of a connection.
 * @returns {string} What to add, to tell apart connections made with different
 *   options.
 */
function keyOf(list, name) {
  const flat = readList(list);
  if (flat === undefined)
    return StringPrototypeIncludes(name, kMark) ? kMark : '';
  return read.get(list)?.key ?? toKey(flat);
}

module.exports = {
  awaitBind,
  bindBound,
  bindClient,
  bindDatagram,
  bindDatagramHandle,
  bindDatagramSync,
  bindTerms,
  carryAccepted,
  checkDatagram,
  copyList,
  describeAll,
  findSocket,
  getKept,
  keep,
  keyOf,
  prepareAccepted,
  prepareAttempt,
  prepareConnect,
  prepareListen,
  setAccepted,
  setBindOtherwise,
  setConnect,
  setDatagram,
  setDefault,
  setListen,
};
