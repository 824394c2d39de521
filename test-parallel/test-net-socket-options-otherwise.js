'use strict';

// Apart from the options, a list does not change anything: errors, addresses,
// paths, their modes, and what is deleted in the end all stay the same.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const path = require('path');
const { once } = require('events');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

const { SOL_SOCKET, SO_RCVBUF } = net.constants;

const host = '127.0.0.1';
const file = (name) => path.relative(process.cwd(), tmpdir.resolve(name));

// Describes an error, or a result.
function describe(err) {
  const { code, errno, syscall, address, port, name } = err;
  // The local port differs each time.
  const message = err.message.replace(/Local \((.*):\d+\)/, 'Local ($1)');
  return { code, errno, syscall, address, port, name, message,
           errors: err.errors?.map(describe) };
}

function bind(options) {
  let bound;
  try {
    bound = new net.BoundSocket(options);
  } catch (err) {
    return describe(err);
  }
  const { isPipe } = bound;
  const address = bound.address();
  const isThere = isPipe && fs.existsSync(address);
  bound.close();
  const isLeft = isPipe && fs.existsSync(address);
  return {
    address: isPipe ? address : { ...address, port: options.port || 0 },
    isPipe, isThere, isLeft,
  };
}

async function listen(options) {
  const server = net.createServer();
  try {
    const listening = once(server, 'listening');
    server.listen(options);
    await listening;
  } catch (err) {
    assert.strictEqual(server.listening, false);
    return describe(err);
  }
  const address = server.address();
  const result = typeof address === 'string' ? { address } :
    { address: { ...address, port: options.port } };
  if (options.path !== undefined && fs.existsSync(options.path))
    result.mode = fs.statSync(options.path).mode;
  // The server works.
  const target = typeof address === 'string' ? { path: options.path } :
    { port: address.port, host: address.family === 'IPv6' ? '::1' : host };
  const connection = once(server, 'connection');
  const client = net.connect(target);
  const [accepted] = await connection;
  result.localAddress = accepted.localAddress;
  accepted.end('hello').resume();
  result.text = `${Buffer.concat(await client.toArray())}`;
  server.close();
  await once(server, 'close');
  if (options.path !== undefined)
    result.isLeft = fs.existsSync(options.path);
  return result;
}

async function connect(options) {
  const socket = net.connect(options);
  const events = [];
  for (const event of ['lookup', 'connectionAttempt', 'connectionAttemptFailed',
                       'connect', 'ready', 'end', 'close']) {
    socket.on(event, () => events.push(event));
  }
  const result = { events };
  socket.on('error', (err) => result.error = describe(err));
  socket.on('connect', () => {
    result.family = socket.remoteFamily;
    result.localAddress = socket.localAddress;
    if (options.localPort !== undefined)
      result.localPort = socket.localPort;
    socket.end('hello');
  });
  socket.on('data', (chunk) => result.text = `${chunk}`);
  if (!socket.closed)
    await new Promise((resolve) => socket.on('close', resolve));
  result.bytes = [socket.bytesRead, socket.bytesWritten];
  result.after = socket.address();
  return result;
}

async function main() {
  const taken = net.createServer((connection) => {
    connection.end('hi').resume().on('error', () => {});
  }).listen(0, host);
  await once(taken, 'listening');
  const { port } = taken.address();
  // A port that nobody listens on.
  const reserved = new net.BoundSocket({ host });
  const refused = reserved.address().port;

  const all = (name, options, callback) => callback(null, [
    { address: '127.0.0.2', family: 4 }, { address: host, family: 4 },
  ]);
  const cases = [
    [bind, { host }],
    [bind, {}],
    [bind, { host: '::1' }],
    [bind, { host: '::', ipv6Only: true }],
    [bind, { host, port: refused }],
    [bind, { host: '192.0.2.1' }],
    [bind, { host: '2001:db8::1' }],
    [bind, { host: 'fe80::1%none' }],
    [bind, { host: 'name.invalid' }],
    [bind, { host, port: 70_000 }],
    [bind, { host, reusePort: true }],
    [listen, { host, port: 0 }],
    [listen, { port: 0 }],
    [listen, { host: '::', port: 0, ipv6Only: true }],
    [listen, { host: '::', port: 0 }],
    [listen, { host, port }],
    [listen, { host, port: refused }],
    [listen, { host: '192.0.2.1', port: 0 }],
    [connect, { host, port }],
    [connect, { host, port: refused }],
    [connect, { host, port, localAddress: host }],
    [connect, { host, port, localAddress: '192.0.2.1' }],
    [connect, { host, port, localAddress: host, localPort: refused }],
    [connect, { host, port, localPort: refused }],
    [connect, { host: '192.0.2.1', port, localAddress: host }],
    [connect, { host: 'name.invalid', port, autoSelectFamily: true, lookup: all }],
    [connect, { host: 'name.invalid', port: refused, autoSelectFamily: true, lookup: all }],
    [connect, { host: 'name.invalid', port, localPort: refused, autoSelectFamily: true,
                lookup: all }],
    [connect, { host: 'name.invalid', port, lookup: (name, options, callback) => {
      callback(Object.assign(new Error('mine'), { code: 'ENOTFOUND' }));
    } }],
  ];
  if (common.hasIPv6) {
    cases.push([connect, { host: '::1', port }],
               [connect, { host: '::1', port: refused, localAddress: '::1' }]);
  }
  if (!common.isWindows) {
    fs.writeFileSync(file('other'), '');
    const pipe = net.createServer((connection) => {
      connection.end('hi').resume();
    }).listen(file('taken'));
    await once(pipe, 'listening');
    taken.on('close', () => pipe.close());
    const long = file('x'.repeat(200));
    for (const use of [bind, listen, connect]) {
      for (const name of ['s', 'taken', 'other', 'missing/s'])
        cases.push([use, { path: file(name) }]);
      // Some versions of libuv truncate the path, so skip the comparison.
      if ((await use({ path: long })).code !== undefined)
        cases.push([use, { path: long }]);
    }
    cases.push([bind, { path: 'a\0b' }],
               [listen, { path: file('r'), readableAll: true }],
               [listen, { path: file('w'), writableAll: true }],
               [listen, { path: file('rw'), readableAll: true, writableAll: true }]);
    if (common.isLinux) {
      cases.push([bind, { path: `\0bindery-${process.pid}` }],
                 [bind, { path: '\0' }],
                 [bind, { path: `\0${'x'.repeat(107)}` }],
                 [bind, { path: `\0${'x'.repeat(108)}` }],
                 [listen, { path: `\0bindery-${process.pid}` }]);
      for (const length of [107, 108]) {
        const name = 's'.repeat(length - file('').length - 1);
        cases.push([bind, { path: file(name) }], [listen, { path: file(name) }]);
      }
    }
  }

  for (const [use, options] of cases) {
    const what = `${use.name} ${JSON.stringify(options)}`;
    const expected = await use(options);
    for (const socketOptions of [undefined, [], [[SOL_SOCKET, SO_RCVBUF, 20_000]]]) {
      assert.deepStrictEqual(
        { what, ...await use({ ...options, socketOptions }) },
        { what, ...expected });
    }
  }

  reserved.close();
  taken.close();
}

main().then(common.mustCall());
