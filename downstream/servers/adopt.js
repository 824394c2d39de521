'use strict';

// Loaded before a third-party test file, which does not know about it. From
// then on, every server that is told to listen on a port adopts a socket that
// was bound in advance. The number of such servers is appended to the file that
// ADOPTED names.

const dns = require('node:dns');
const { appendFileSync } = require('node:fs');
const net = require('node:net');

const { listen } = net.Server.prototype;
const ANY = '::';
let adopted = 0;

function optionsOf([first, second, third]) {
  if (typeof first === 'object' && first !== null) return first;
  if (typeof first === 'string' && Number.isNaN(Number(first))) return { path: first };
  return {
    port: typeof first === 'function' ? undefined : first,
    host: typeof second === 'string' ? second : undefined,
    backlog: [second, third].find((value) => typeof value === 'number'),
  };
}

// Everything that is not a port stays as it is, and so does what listen() would
// reject.
function isPort({ path, port, fd, handle, _handle }) {
  if ([path, fd, handle, _handle].some((value) => value !== undefined && value !== null)) return false;
  const number = Number(port ?? 0);
  return Number.isInteger(number) && number >= 0 && number < 65536;
}

function adopt(server, { port, host = ANY, ...rest }, callbacks) {
  let bound;
  try {
    bound = new net.BoundHandle({ host, port: Number(port ?? 0), ipv6Only: rest.ipv6Only });
  } catch (error) {
    process.nextTick(() => server.emit('error', error));
    return;
  }
  adopted++;
  listen.call(server, { ...rest, handle: bound }, ...callbacks);
}

net.Server.prototype.listen = function(...args) {
  const options = optionsOf(args);
  if (!isPort(options) || this.listening) return Reflect.apply(listen, this, args);
  const callbacks = args.filter((arg) => typeof arg === 'function');
  const { host } = options;
  if (!host || net.isIP(host)) {
    adopt(this, { ...options, host: host || undefined }, callbacks);
    return this;
  }
  dns.lookup(host, (error, address) => {
    if (error) this.emit('error', error);
    else adopt(this, { ...options, host: address }, callbacks);
  });
  return this;
};

process.on('exit', () => appendFileSync(process.env.ADOPTED, `${adopted}\n`));
