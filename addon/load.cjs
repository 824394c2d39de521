'use strict';

// Loads the addon into an official binary, and does to the classes of handles there what
// our hooks in src/ do. This runs in each thread, before lib/ uses any of it.

const path = require('node:path');

/** A property like the methods that C++ defines. */
const method = (value) => ({ configurable: true, enumerable: true, writable: true, value });

/**
 * Makes a method of a class do more.
 * @param {Function} constructor
 * @param {string} name
 * @param {(original: Function, handle: object, args: unknown[]) => unknown} body
 */
function extend({ prototype }, name, body) {
  const original = prototype[name];
  if (typeof original !== 'function') return;
  const replacement = { [name](...args) { return body(original, this, args); } }[name];
  Object.defineProperty(prototype, name, method(replacement));
}

/** The class and one object of each kind of handle that has a socket. */
function handlesOf(internalBinding) {
  const { TCP, constants: { SOCKET: tcpSocket } } = internalBinding('tcp_wrap');
  const { Pipe, constants: { SOCKET: pipeSocket } } = internalBinding('pipe_wrap');
  const { UDP } = internalBinding('udp_wrap');
  return {
    classes: { tcp: TCP, pipe: Pipe, udp: UDP },
    samples: [new TCP(tcpSocket), new Pipe(pipeSocket), new UDP()],
  };
}

/** Throws Node's error for a resource that the permission model denies; undefined if it denies none. */
function permissionOf(requireBuiltin) {
  const { getOptionValue } = requireBuiltin('internal/options');
  const permission = requireBuiltin('internal/process/permission');
  if (!permission.isEnabled() || getOptionValue('--allow-net') === undefined) return undefined;
  return (resource) => {
    if (permission.has('net')) return;
    const error = new Error('Access to this API has been restricted. Use --allow-net to manage permissions.');
    throw Object.assign(error, { code: 'ERR_ACCESS_DENIED', permission: 'Net', resource });
  };
}

/**
 * @param {string} file The addon.
 * @param {{ internalBinding: Function, requireBuiltin: Function }} internals
 * @throws {Error} saying in one sentence why the addon cannot serve this binary
 */
function loadAddon(file, { internalBinding, requireBuiltin }) {
  const module = { exports: {} };
  try {
    process.dlopen(module, path.resolve(file));
  } catch (error) {
    error.message = `the addon does not load in Node.js ${process.version}: ${error.message.split('\n')[0]}`;
    throw error;
  }
  const addon = module.exports;
  const { classes, samples } = handlesOf(internalBinding);
  const { hasRef, close } = classes.tcp.prototype;
  try {
    addon.start(addon, internalBinding('tcp_wrap'), internalBinding('udp_wrap'), ...samples, hasRef, close,
                permissionOf(requireBuiltin));
  } catch (error) {
    error.message = `the handles of Node.js ${process.version} are not as the addon knows them: ${error.message}`;
    throw error;
  } finally {
    for (const sample of samples) {
      // Nobody is to take it for a resource until it is closed.
      sample.unref();
      sample.close();
    }
  }

  for (const [kind, constructor] of Object.entries(classes)) {
    for (const [name, value] of Object.entries(addon[kind])) {
      Object.defineProperty(constructor.prototype, name, method(value));
    }
  }
  const { tcp, pipe, udp } = classes;
  const released = (original, handle, args) => {
    const result = Reflect.apply(original, handle, args);
    addon.release(handle);
    return result;
  };
  extend(tcp, 'close', released);
  extend(tcp, 'reset', released);
  extend(pipe, 'close', released);
  extend(tcp, 'listen', (original, handle, args) => {
    addon.beforeListen(handle);
    return Reflect.apply(original, handle, args);
  });
  extend(udp, 'open', (original, handle, args) => {
    const result = Reflect.apply(original, handle, args);
    if (result === 0) addon.clearErrorQueue(handle);
    return result;
  });
  extend(udp, 'recvStart', (original, handle, args) => {
    const result = Reflect.apply(original, handle, args);
    if (result === 0) addon.checkReceived(handle);
    return result;
  });
  requireBuiltin('internal/bindery_transit').start(addon);
}

module.exports = { loadAddon };
