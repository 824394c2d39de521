'use strict';

// The public methods, their possible arguments, and what each may throw.

const dgram = require('node:dgram');
const http = require('node:http');
const net = require('node:net');
const tls = require('node:tls');
const { hostile, view } = require('./values.cjs');
const {
  address, anything, bound, boundOptions, boundPort, callback, connectOptions, descriptor,
  descriptorOptions, either, fieldsOf, flag, keepAliveOptions, length, level, list,
  listenOptions, meant, object, optname, pathOptions, peer, port, structs, transfers, value,
} = require('./makers.cjs');

const ARGUMENT = ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE', 'ERR_SOCKET_OPTION_REFUSED'];
const PORT = [...ARGUMENT, 'ERR_SOCKET_BAD_PORT'];
const ADOPTED = 'ERR_SOCKET_HANDLE_ADOPTED';
const BIND = { codes: PORT, syscalls: ['bind', 'setsockopt', 'socket', 'open', 'getsockname'] };
const CONNECT = {
  codes: [...PORT, ADOPTED, 'ERR_INVALID_IP_ADDRESS', 'ERR_INVALID_ADDRESS_FAMILY', 'ERR_MISSING_ARGS', 'ERR_IP_BLOCKED'],
  syscalls: ['connect', 'setsockopt', 'socket', 'bind', 'open'],
};
const LISTEN = {
  codes: [...PORT, ADOPTED, 'ERR_SERVER_ALREADY_LISTEN', 'ERR_INVALID_FD_TYPE'],
  syscalls: ['listen', 'bind', 'setsockopt', 'socket', 'uv_pipe_chmod', 'open'],
};
const optionErrors = (...states) => ({ codes: [...ARGUMENT, ...states], syscalls: ['setsockopt', 'getsockopt'] });
const DATAGRAM = ['ERR_SOCKET_DGRAM_NOT_RUNNING', 'ERR_SOCKET_ALREADY_BOUND', 'ERR_SOCKET_DGRAM_IS_CONNECTED'];

const isOption = (result) => Buffer.isBuffer(result) || Number.isInteger(result);
const isItself = (result, self) => result === self;

/** States of objects, by class, and what their option methods throw. */
const HOLDERS = {
  'bound': ADOPTED, 'bound pipe': ADOPTED, 'bound IPv6': ADOPTED, 'shared': ADOPTED, 'closed bound': ADOPTED,
  'new socket': 'ERR_SOCKET_CLOSED', 'adopting socket': 'ERR_SOCKET_CLOSED', 'connected': 'ERR_SOCKET_CLOSED',
  'destroyed socket': 'ERR_SOCKET_CLOSED', 'TLS socket': 'ERR_SOCKET_CLOSED',
  'new server': 'ERR_SERVER_NOT_RUNNING', 'listening': 'ERR_SERVER_NOT_RUNNING', 'listening pipe': 'ERR_SERVER_NOT_RUNNING',
  'new datagram': 'ERR_SOCKET_DGRAM_NOT_RUNNING', 'bound datagram': 'ERR_SOCKET_DGRAM_NOT_RUNNING',
  'connected datagram': 'ERR_SOCKET_DGRAM_NOT_RUNNING', 'closed datagram': 'ERR_SOCKET_DGRAM_NOT_RUNNING',
  'bound IPv6 datagram': 'ERR_SOCKET_DGRAM_NOT_RUNNING',
};

/**
 * @typedef {{
 *   name: string,
 *   weight: number,
 *   state?: string,
 *   makers: Function[],
 *   call: (self: any, ...args: any[]) => any,
 *   may: { codes: readonly string[], syscalls?: readonly string[], language?: boolean },
 *   returns?: (result: any, self: any) => boolean,
 * }} Target `language` allows the errors by which JavaScript itself refuses to
 *   convert a value.
 */

/** @type {Target[]} */
const targets = [];
const add = (weight, state, name, makers, may, call, returns) =>
  targets.push({ name: state === undefined ? name : `${state}: ${name}`, weight, state, makers, call, may, returns });

for (const [state, gone] of Object.entries(HOLDERS)) {
  const weight = state === 'connected' || state === 'TLS socket' ? 4 : 8;
  const may = optionErrors(gone, 'ERR_INVALID_STATE');
  add(weight, state, 'setsockopt', [level, optname, value], may, (self, ...args) => self.setsockopt(...args), isItself);
  add(weight, state, 'getsockopt', [level, optname, either(0.6, undefined)], may, (self, ...args) => self.getsockopt(...args), isOption);
  add(weight, state, 'getsockopt with a length', [level, optname, length], may, (self, ...args) => self.getsockopt(...args), isOption);
}
for (const [state, methods] of Object.entries({ 'bound': net.BoundHandle, 'new socket': net.Socket, 'new server': net.Server, 'new datagram': dgram.Socket })) {
  const { getsockopt, setsockopt } = methods.prototype;
  const may = optionErrors(HOLDERS[state], 'ERR_INVALID_STATE');
  // A method called on an object of another class fails like any other method.
  add(2, undefined, `setsockopt of a ${state} on anything`, [anything, level, optname, value], { ...may, language: true },
      (self, other, ...args) => setsockopt.call(other, ...args));
  add(2, undefined, `getsockopt of a ${state} on anything`, [anything, level, optname], { ...may, language: true },
      (self, other, ...args) => getsockopt.call(other, ...args));
}

add(12, undefined, 'new BoundHandle', [boundOptions], BIND, (self, ...args) => new net.BoundHandle(...args));
add(6, undefined, 'new BoundHandle, path', [pathOptions], BIND, (self, ...args) => new net.BoundHandle(...args));
add(4, undefined, 'new BoundHandle, descriptor', [descriptorOptions], BIND, (self, ...args) => new net.BoundHandle(...args));
add(3, undefined, 'Reflect.construct', [boundOptions, either(0.3, () => net.BoundHandle, () => net.Socket, () => class extends net.BoundHandle {})],
    { ...BIND, language: true }, (self, options, Class) => Reflect.construct(net.BoundHandle, [options], Class));
for (const state of ['bound', 'bound pipe', 'shared', 'closed bound']) {
  add(3, state, 'address', [], { codes: [ADOPTED] }, (self) => self.address());
  add(3, state, 'fd', [], { codes: [ADOPTED] }, (self) => self.fd(), Number.isInteger);
  add(3, state, 'isPipe', [], { codes: [] }, (self) => self.isPipe, (result) => typeof result === 'boolean');
  add(3, state, 'clone', [], { codes: [ADOPTED], syscalls: ['dup'] }, (self) => self.clone());
  add(1, state, 'close', [], { codes: [ADOPTED] }, (self) => self.close());
  add(1, state, 'dispose', [], { codes: [] }, (self) => self[Symbol.dispose]());
}
for (const method of ['address', 'clone', 'close', 'fd']) {
  add(1, undefined, `${method} on anything`, [anything], { codes: [ADOPTED], language: true },
      (self, other) => net.BoundHandle.prototype[method].call(other));
}

add(6, undefined, 'new Socket', [object({ handle: bound, timeout: anything, allowHalfOpen: flag })],
    { ...CONNECT, codes: [...CONNECT.codes, 'ERR_INVALID_FD_TYPE'] }, (self, ...args) => new net.Socket(...args));
add(6, undefined, 'net.connect', [connectOptions, callback], CONNECT, (self, ...args) => net.connect(...args));
add(4, 'new socket', 'connect', [connectOptions, callback], CONNECT, (self, ...args) => self.connect(...args));
add(3, 'adopting socket', 'connect', [connectOptions, callback], CONNECT, (self, ...args) => self.connect(...args));
add(2, undefined, 'tls.connect',
    [object({ handle: bound, socketOptions: list }, (context) => ({ ...peer(context), ...context.tls }))],
    CONNECT, (self, ...args) => tls.connect(...args));
const REQUEST = { ...CONNECT, codes: [...CONNECT.codes, 'ERR_INVALID_URL'] };
add(2, undefined, 'http.request', [object({ handle: bound, socketOptions: list, agent: either(0.8, false, undefined) }, peer)],
    REQUEST, (self, ...args) => http.request(...args));
add(2, undefined, 'new http.Agent', [object({ socketOptions: list, keepAlive: flag, maxSockets: meant(1) }, peer)],
    CONNECT, (self, options) => http.get({ agent: new http.Agent(options) }));
add(6, undefined, 'createServer', [object({ acceptedSocketOptions: list, pauseOnConnect: flag }), callback], { codes: ARGUMENT },
    (self, ...args) => net.createServer(...args));
add(6, 'new server', 'listen', [listenOptions], LISTEN, (self, ...args) => self.listen(...args));
add(4, 'new server', 'listen on a bound socket', [bound, meant(1, 511, undefined)], LISTEN, (self, ...args) => self.listen(...args));

for (const state of ['new socket', 'connected', 'adopting socket', 'destroyed socket', 'TLS socket']) {
  add(2, state, 'setKeepAlive', [flag, anything, anything, anything], { codes: ARGUMENT, language: true },
      (self, ...args) => self.setKeepAlive(...args), isItself);
  add(2, state, 'setKeepAlive, options', [keepAliveOptions], { codes: ARGUMENT, language: true },
      (self, ...args) => self.setKeepAlive(...args), isItself);
}

const receiveInfo = either(0.7, undefined, true, false, [], ['ttl', 'tos'], ['localAddress', 'errors'], ['segmentSize'], ['hops']);
const messageOptions = object({
  port, address, localAddress: address, interfaceIndex: meant(1), tos: meant(0, 3, 255), ttl: meant(1, 64),
  segmentSize: meant(1, 1200, 65507), dontFragment: flag,
});
add(5, undefined, 'dgram.createSocket', [object({
  type: either(0.8, 'udp4', 'udp6'), socketOptions: list, reuseAddr: flag, reusePort: flag, ipv6Only: flag,
  recvBufferSize: either(0.6, undefined, 4096), sendBufferSize: either(0.6, undefined, 4096), receiveInfo,
})], { codes: [...ARGUMENT, 'ERR_SOCKET_BAD_TYPE'] }, (self, ...args) => dgram.createSocket(...args));
for (const state of ['new datagram', 'bound datagram', 'closed datagram', 'datagram with options']) {
  add(3, state, 'bindSync', [object({ port, address, exclusive: flag, fd: descriptor })],
      { codes: [...PORT, ...DATAGRAM, 'ERR_SOCKET_BUFFER_SIZE'], syscalls: [...BIND.syscalls, 'uv_recv_buffer_size', 'uv_send_buffer_size'] },
      (self, ...args) => self.bindSync(...args));
  add(3, state, 'connectSync', [port, address],
      { codes: [...PORT, ...DATAGRAM], syscalls: [...BIND.syscalls, 'connect'] }, (self, ...args) => self.connectSync(...args));
}

for (const state of ['new datagram', 'bound datagram', 'connected datagram', 'closed datagram', 'bound IPv6 datagram']) {
  const may = {
    codes: [...PORT, ...DATAGRAM, 'ERR_INVALID_STATE', 'ERR_SOCKET_DGRAM_NOT_CONNECTED', 'ERR_IP_BLOCKED'],
    syscalls: [...BIND.syscalls, 'sendmsg', 'recvmsg', 'getsockopt', 'dup', 'connect'],
    language: true,
  };
  add(3, state, 'setReceiveInfo', [receiveInfo], may, (self, ...args) => self.setReceiveInfo(...args), isItself);
  add(3, state, 'send with options', [value, messageOptions, callback], may,
      (self, msg, options, callback) => self.send(msg, { ...options }, callback));
  add(3, state, 'sendMany', [value, messageOptions, messageOptions], may,
      (self, msg, ...list) => self.sendMany(list.map((options) => ({ msg, ...options }))));
  add(3, state, 'sendSync', [value, messageOptions], may, (self, ...args) => self.sendSync(...args), Number.isInteger);
  add(1, state, 'setDontFragment', [flag], may, (self, ...args) => self.setDontFragment(...args), isItself);
  add(1, state, 'getMtu', [], may, (self) => self.getMtu(), Number.isInteger);
  add(1, state, 'clone', [], may, (self) => self.clone());
  add(1, state, 'fd', [], may, (self) => self.fd(), Number.isInteger);
}

for (const [name, fields] of Object.entries(fieldsOf)) {
  if (structs[name] === undefined) continue;
  add(3, undefined, `structs.${name}.encode`, [object(fields)], { codes: ARGUMENT }, (self, ...args) => structs[name].encode(...args), Buffer.isBuffer);
  add(3, undefined, `structs.${name}.decode`, [({ random, harm }) => (random.chance(0.5) ? view : hostile)(random, harm)],
      { codes: ARGUMENT }, (self, ...args) => structs[name].decode(...args));
}

// A message is copied by V8, whose errors are DOMExceptions and TypeErrors.
const MESSAGE = {
  codes: [...ARGUMENT, ADOPTED, 'ERR_WORKER_HANDLE_NOT_TRANSFERABLE', 'ERR_CLOSED_MESSAGE_PORT', 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST', 'ERR_INVALID_TRANSFER_OBJECT'],
  syscalls: ['dup'],
  language: true,
};
const message = (context) => (context.random.chance(0.6) ? bound(context) : hostile(context.random, context.harm));
add(3, undefined, 'postMessage', [message, transfers], { ...MESSAGE, codes: [...MESSAGE.codes, 'ERR_CONSTRUCT_CALL_REQUIRED'] },
    ({ messages }, ...args) => messages.postMessage(...args));
add(2, undefined, 'structuredClone', [message, transfers], { ...MESSAGE, codes: [...MESSAGE.codes, 'ERR_MISSING_ARGS'] },
    (self, ...args) => structuredClone(...args));
add(1, undefined, 'child.send', [either(0.6, 'message'), boundPort, object({ keepOpen: flag }), callback],
    { codes: [...ARGUMENT, ADOPTED, 'ERR_WORKER_HANDLE_NOT_TRANSFERABLE', 'ERR_INVALID_HANDLE_TYPE', 'ERR_MISSING_ARGS'], syscalls: ['dup', 'write'], language: true },
    ({ child }, ...args) => child.send(...args));

module.exports = { targets };
