'use strict';

const {
  ArrayPrototypeFind,
  ArrayPrototypePush,
  ArrayPrototypeSplice,
  Int32Array,
  MathMin,
  ObjectAssign,
  ObjectFreeze,
  ObjectKeys,
  SafeWeakMap,
  StringPrototypeIncludes,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  Symbol,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeJoin,
  Uint8Array,
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
const { UV_EADDRINUSE, UV_EEXIST } = internalBinding('uv');

const { FastBuffer } = require('internal/buffer');
const {
  UVExceptionWithHostPort,
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_HANDLE_SHARED,
  },
} = require('internal/errors');
const { bottomOf } = require('internal/explicit_options');
const { isIP } = require('internal/net');
const {
  assertPermission,
  kNoSocket,
  kNotAnInteger,
  toError,
  toKeep,
} = require('internal/socket_option_values');
const { fail, findSocket, keepers, noteAll, setOption } = require('internal/socket_options');
const { validateArray, validateInt32 } = require('internal/validators');

// Keep this list in sync with src/socket_factory.h.
const kReuseAddress = 1;
const kReusePort = 2;
const kIpv6Only = 4;
const kDualStack = 8;
const kExclusive = 16;

// Set on a socket or server: the options passed to the constructor, to the call
// that creates the system socket, and to setsockopt() before that.
const kDefault = Symbol('kDefault');
const kGiven = Symbol('kGiven');
const kList = Symbol('kList');
const kKept = Symbol('kKept');
// How much of what was kept has been set on a socket already.
const kUsed = Symbol('kUsed');
// Set on a client: the family of the present attempt to connect, and whether
// the family is not the program's choice.
const kFamily = Symbol('kFamily');
const kAnyFamily = Symbol('kAnyFamily');
const kNoFamily = 0;

// In errors, this stands for a list of options that were kept.
const kCall = 'setsockopt()';

// Lets another module bind bound sockets that use its options, see bindBound().
let bindOtherwise = () => undefined;

// Copies of lists that are read more than once, with what was read.
const read = new SafeWeakMap();

// Options of other modules, with the call that has them.
const misplaced = { __proto__: null };

// Options in the wrong call would be ignored.
function refuse(options, name, call) {
  const value = options?.[name];
  if (value != null)
    throw new ERR_INVALID_ARG_VALUE(`options.${name}`, value, `is an option of ${call}`);
}

function readList(list, path = 'options.socketOptions') {
  if (list == null)
    return undefined;
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

/**
 * Throws for options of other modules in a call that does not take them.
 * @param {object} [options]
 */
function refuseMisplaced(options) {
  for (const name in misplaced)
    refuse(options, name, misplaced[name]);
}

/**
 * @param {object} [options] The options of a call that has socketOptions.
 * @returns {Array<number | Uint8Array> | undefined} A copy: a flat list of
 *   levels, names, and values.
 */
function readOptions(options) {
  refuseMisplaced(options);
  return readList(options?.socketOptions);
}

// Formats an option the way programs write it, as far as its names are known.
function describe(level, optname) {
  const nameOf = (number, prefix) => ArrayPrototypeFind(
    ObjectKeys(socketConstants),
    (name) => socketConstants[name] === number && StringPrototypeStartsWith(name, prefix));
  const levelName = nameOf(level, 'SOL_') ?? nameOf(level, 'IPPROTO_');
  if (levelName === undefined)
    return `${level}, ${optname}`;
  const prefix = levelName === 'SOL_SOCKET' ? 'SO_' : `${StringPrototypeSlice(levelName, 8)}_`;
  return `${levelName}, ${nameOf(optname, prefix) ?? optname}`;
}

// Whether options are to be set before bind(2) or connect(2).
const hasOptions = (socket) =>
  socket[kList] !== undefined || socket[kKept] !== undefined;

// Whether an option is for sockets of another family than that of a socket.
function isForeign(level, family) {
  switch (family) {
    case 4:
      return level === socketConstants.IPPROTO_IPV6;
    case 6:
      return level === socketConstants.IPPROTO_IP;
    default:
      return level !== socketConstants.SOL_SOCKET;
  }
}

/**
 * Sets options of a handle that has a socket, up to one that fails.
 * @param {object} handle
 * @param {Array<number | Uint8Array>} [list]
 * @param {string | undefined} [name] The name of the list, if it has one.
 * @param {number} [family] Given if sockets of other families have the options
 *   as well: the system may refuse those that are not for this one.
 * @returns {Error | undefined}
 */
function setOptions(handle, list = [], name = 'socketOptions', family = undefined) {
  for (let i = 0; i < list.length; i += 3) {
    const { [i]: level, [i + 1]: optname, [i + 2]: value } = list;
    const err = setOption(handle, level, optname, value);
    if (err === 0 || (err < 0 && family !== undefined && isForeign(level, family)))
      continue;
    const index = i / 3;
    const what = name === kCall ? name : `${name}[${index}]`;
    const error = toError(
      err, 'setsockopt', optname, name === kCall ? 'optname' : `options.${what}[1]`,
      `${what} (${describe(level, optname)})`);
    return ObjectAssign(error, { index, level, optname });
  }
  noteAll(handle, list);
  return undefined;
}

// Sets options that were kept. One that fails is removed, unless another attempt
// will be made.
function setKept(handle, kept, family, isLast = true) {
  const error = setOptions(handle, kept, kCall, family);
  if (error !== undefined) {
    if (isLast)
      ArrayPrototypeSplice(kept, 3 * error.index, 3);
    error.index = undefined;
  }
  return error;
}

/**
 * Creates the socket of a handle and sets its options, unless it already has
 * one, and binds it. Throws if an option fails.
 * @returns {number} 0 or an error code, as bind() of a handle.
 */
function bindWithOptions(handle, family, address, port, terms, list, kept) {
  const err = handle.createSocket(family, terms);
  const error = err === 0 ? setOptions(handle, list) ?? setKept(handle, kept) : undefined;
  if (error !== undefined)
    throw error;
  return err === 0 || err === UV_EEXIST ? handle.bindSocket(address, port, terms) : err;
}

// The terms on which libuv would bind a TCP socket, or exclusive ones.
function bindTerms(family, ipv6Only, reusePort, isExclusive = false) {
  if (family === kNoFamily)
    return 0;
  return (isExclusive ? kExclusive : kReuseAddress) |
         (reusePort ? kReusePort : 0) |
         (family === 6 ? (ipv6Only ? kIpv6Only : kDualStack) : 0);
}

/**
 * Binds the handle of a bound socket, if there are options to set before, or
 * options of another module. Closes the handle when it throws.
 * @param {object} handle
 * @param {object} options The options of the constructor.
 * @param {number} family 4, 6, or 0 for a path.
 * @param {string} address An address or a path.
 * @param {number} [port]
 * @returns {number | undefined} As bind() of the handle; undefined if that is to
 *   be called.
 */
function bindBound(handle, options, family, address, port) {
  try {
    const list = readOptions(options);
    const err = bindOtherwise(handle, options, list, family, address, port);
    if (err !== undefined || list === undefined)
      return err;
    const terms = bindTerms(family, options.ipv6Only, options.reusePort);
    return bindWithOptions(handle, family, address, port, terms, list);
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
 * @param {number | ArrayBufferView} value
 */
function keep(socket, level, optname, value) {
  socket = bottomOf(socket);
  const option = [level | 0, optname | 0, toKeep(value)];
  if (socket[kFamily] !== undefined && socket._handle) {
    const handle = findSocket(socket._handle, 'setsockopt');
    let err = handle.createSocket(socket[kFamily], 0);
    const syscall = err === 0 ? 'setsockopt' : 'socket';
    err ||= setOption(handle, option[0], option[1], option[2]);
    if (err !== 0)
      fail(err, syscall, optname);
    return;
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
 * Reads what setsockopt() has recorded for the socket to come.
 * @param {net.Socket | dgram.Socket} socket
 * @param {number} level
 * @param {number} optname
 * @param {number} [length]
 * @returns {number | Buffer}
 */
function readKept(socket, level, optname, length) {
  const kept = bottomOf(socket)[kKept] ?? [];
  // The last value counts.
  let i = kept.length - 3;
  while (i >= 0 && (kept[i] !== level || kept[i + 1] !== optname))
    i -= 3;
  if (i < 0)
    fail(kNoSocket, 'getsockopt', optname);
  const value = kept[i + 2];
  const bytes = new FastBuffer(TypedArrayPrototypeGetBuffer(
    typeof value === 'number' ? new Int32Array([value]) : new Uint8Array(value)));
  if (length !== undefined)
    return new FastBuffer(TypedArrayPrototypeGetBuffer(bytes), 0, MathMin(length, bytes.length));
  if (bytes.length !== 4)
    fail(kNotAnInteger, 'getsockopt', optname);
  return new Int32Array(TypedArrayPrototypeGetBuffer(bytes))[0];
}

/**
 * Records the options of the constructor, for all connections.
 * @param {net.Socket} socket
 * @param {{ socketOptions?: Array<[number, number, any]> }} [options]
 */
function setDefault(socket, options) {
  socket[kDefault] = readOptions(options);
  socket[kGiven] = options?.socketOptions;
}

/**
 * Throws for options beside a socket that was made before, and without them.
 * @param {stream.Duplex} [socket]
 * @param {object} options
 */
function refuseForMade(socket, options) {
  const list = readOptions(options);
  if (list !== undefined && list !== socket?.[kList])
    refuse(options, 'socketOptions', 'connect()');
}

/**
 * Records the options of connect().
 * @param {net.Socket} socket
 * @param {object} options
 * @param {boolean} isSame Whether the constructor may have been called with them.
 */
function setConnect(socket, options, isSame) {
  const { host, path, socketOptions } = options;
  socket[kList] = isSame && socketOptions !== undefined && socketOptions === socket[kGiven] ?
    socket[kDefault] : readOptions(options) ?? socket[kDefault];
  if (socket[kList] !== undefined)
    noteAll(socket, socket[kList]);
  socket[kFamily] = undefined;
  // Without a host, it is a name. Values of other types are refused later.
  socket[kAnyFamily] = !path && (typeof host !== 'string' || isIP(host) === 0);
}

/**
 * Prepares a socket that is about to connect. If that fails, adds the error to
 * those of the attempts, or destroys the socket in the next tick, so that the
 * caller of connect() can add an error listener first.
 * @param {net.Socket} socket
 * @param {number} [family]
 * @param {boolean} isToBind
 * @param {number} [flags] The flags to bind with.
 * @param {{ addresses: object[], current: number, errors: Error[] }} [attempts]
 * @returns {boolean} Whether to proceed.
 */
function preConnect(socket, family = kNoFamily, isToBind, flags, attempts) {
  socket[kFamily] = family;
  if (!hasOptions(socket))
    return true;
  const { _handle: handle, [kList]: list, [kKept]: kept } = socket;
  let error;
  try {
    const native = findSocket(handle, 'setsockopt');
    const err = native.createSocket(
      family, isToBind ? bindTerms(family, flags & UV_TCP_IPV6ONLY, false) : 0);
    // The program may not know the family, or did not know it yet.
    error = err === 0 || err === UV_EEXIST ?
      setOptions(native, list, undefined, socket[kAnyFamily] ? family : undefined) ??
        setKept(native, kept, family, attempts?.current === attempts?.addresses.length) :
      toError(err, 'socket');
    socket[kUsed] = kept?.length;
  } catch (err) {
    error = err;
  }
  if (error === undefined)
    return true;
  if (attempts !== undefined) {
    ArrayPrototypePush(attempts.errors, error);
  } else {
    process.nextTick(() => {
      // It may connect with another handle by now.
      if (socket._handle === handle)
        socket.destroy(error);
    });
  }
  return false;
}

/**
 * Binds a socket that preConnect() has prepared.
 * @param {net.Socket} socket
 * @param {string} address
 * @param {number} [port]
 * @returns {number | undefined} As bind() of a handle; undefined if there are
 *   no options.
 */
function bindFrom(socket, address, port = 0) {
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
  const list = readOptions(options);
  server[kList] = list;
  if (list === undefined)
    return;
  const { exclusive, fd, handle, reusePort } = options;
  if (fd !== undefined || typeof handle?.fd === 'number') {
    throw new ERR_INVALID_ARG_VALUE(
      'options', options, 'must not have socketOptions beside fd');
  }
  // Any of these makes it the worker's own.
  if (!handle && !exclusive && !reusePort && require('cluster').isWorker)
    throw new ERR_SOCKET_HANDLE_SHARED();
}

// Returns 0, an error code, or throws.
function openServer(server, address, port, family, flags, list) {
  const handle = family === kNoFamily ? new Pipe(kPipeServer) : new TCP(kTCPServer);
  const terms = bindTerms(family, flags & UV_TCP_IPV6ONLY, flags & UV_TCP_REUSEPORT);
  let err;
  try {
    err = bindWithOptions(handle, family, address, port, terms, list);
    if (err === 0)
      server._handle = handle;
    return err;
  } finally {
    if (err !== 0)
      handle.close();
  }
}

/**
 * Prepares a server that is about to listen, creating its handle if it does not
 * have one yet. Emits an error on the server on failure.
 * @param {net.Server} server
 * @param {string} [address] An address or a path; omitted to listen on all
 *   addresses.
 * @param {number} port -1 for a path.
 * @param {number} backlog
 * @param {number} [flags] The flags to bind with.
 * @returns {boolean} Whether to proceed.
 */
function prepareListen(server, address, port, backlog, flags) {
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
      // IPv6 may not be available. As usual, an address in use is no reason to
      // listen without it; libuv would report that later.
      const hosts = address ? [address] : ['::', '0.0.0.0'];
      let err;
      for (let i = 0; i < hosts.length && err !== UV_EADDRINUSE; i++) {
        const host = hosts[i];
        const family = port === -1 ? kNoFamily : isIP(host);
        err = openServer(server, host, port, family, flags, list);
        if (err === 0) {
          if (address)
            return true;
          // Let the server know what it listens on.
          server._listen2(host, port, family, backlog, undefined, flags);
          return false;
        }
        error = new UVExceptionWithHostPort(err, 'listen', host, port);
      }
    }
  } catch (err) {
    error = err;
  }
  const { error: channel } =
    require('diagnostics_channel').tracingChannel('net.server.listen');
  if (channel.hasSubscribers)
    channel.publish({ server, error });
  process.nextTick(() => server.emit('error', error));
  return false;
}

/**
 * Makes options that an http.Agent was given, or a request, quick to read again:
 * they are read for each connection, and are part of its name.
 * @param {{ socketOptions?: Array<[number, number, any]> }} options The agent's
 *   own object.
 */
function copyList(options) {
  const flat = readOptions(options);
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
      flat[i], flat[i + 1], typeof value === 'number' ? value : new Uint8Array(value),
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

keepers.stream = { keep, read: readKept };

module.exports = {
  bindBound,
  bindFrom,
  bindTerms,
  bindWithOptions,
  copyList,
  describeAll,
  hasOptions,
  kExclusive,
  kIpv6Only,
  kKept,
  kList,
  kReuseAddress,
  kReusePort,
  keyOf,
  misplaced,
  preConnect,
  prepareListen,
  readList,
  readOptions,
  refuse,
  refuseForMade,
  refuseMisplaced,
  setBindOtherwise: (other) => bindOtherwise = other,
  setConnect,
  setDefault,
  setListen,
  setOptions,
};
