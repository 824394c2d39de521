'use strict';

// A bound socket takes over a descriptor, as passed by socket activation.

const common = require('../common');
if (common.isWindows)
  common.skip('sockets have no descriptors there');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const path = require('path');
const { once } = require('events');
const { spawn, spawnSync } = require('child_process');
const tmpdir = require('../common/tmpdir');

const reachable = (local) =>
  typeof local === 'string' ? { path: local } : { host: local.address, port: local.port };

async function read(local) {
  let text = '';
  for await (const chunk of net.connect(reachable(local)).setEncoding('utf8'))
    text += chunk;
  return text;
}

if (process.argv[2] === 'service') {
  // Exit even if the parent process failed.
  setTimeout(() => process.exit(1), common.platformTimeout(20_000)).unref();
  // Null means absent.
  const bound = new net.BoundSocket({
    fd: 3, host: null, port: null, path: null, ipv6Only: null, reusePort: null,
    exclusive: null, shared: null, socketOptions: null,
  });
  const local = bound.address();
  const server = net.createServer((connection) => {
    connection.end('from the child');
    server.close();
  });
  server.listen(bound, () => process.stdout.write(`${JSON.stringify(local)}\n`));
  return;
}

if (process.argv[2] === 'high') {
  const fd = Number(process.argv[3]);
  const bound = new net.BoundSocket({ fd });
  // Its own children do not inherit it.
  const { stdout } = spawnSync(process.execPath, ['-e', `
    try {
      console.log(fs.fstatSync(${fd}).isSocket());
    } catch (err) {
      console.log(err.code);
    }`], { encoding: 'utf8' });
  assert.strictEqual(stdout, 'EBADF\n');
  bound.close();
  return;
}

if (process.argv[2] === 'inetd') {
  const bound = new net.BoundSocket({ fd: 0 });
  assert.ok(bound.fd() > 2);
  // The stream is connected to /dev/null.
  assert.ok(fs.fstatSync(0).isCharacterDevice());
  assert.strictEqual(fs.readFileSync(0).length, 0);
  const local = bound.address();
  const server = net.createServer((connection) => connection.end('from inetd'));
  server.listen(bound, common.mustCall(async () => {
    assert.strictEqual(await read(local), 'from inetd');
    server.close(common.mustCall(() => {
      // Nobody else has it by now.
      net.connect(reachable(local)).on('error', common.mustCall((err) => {
        assert.ok(['ECONNREFUSED', 'ENOENT'].includes(err.code), err.code);
      }));
    }));
  }));
  return;
}

if (process.argv[2] === 'relative') {
  // In this folder, the name is that of another socket.
  const name = process.argv[3];
  const server = net.createServer().listen(name, () => {
    const bound = new net.BoundSocket({ fd: 3 });
    assert.strictEqual(bound.address(), name);
    const clone = bound.clone();
    clone.fd();
    bound.close();
    clone.close();
    assert.ok(fs.existsSync(name));
    server.close();
  });
  return;
}

tmpdir.refresh();
// The child takes over the inherited descriptor. The parent keeps its own.
async function inherit(bound) {
  const local = bound.address();
  const child = spawn(process.execPath, [__filename, 'service'], {
    stdio: ['ignore', 'pipe', 'inherit', bound.fd()],
  });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  assert.deepStrictEqual(JSON.parse(line), local);
  assert.strictEqual(await read(local), 'from the child');
  assert.deepStrictEqual(await once(child, 'exit'), [0, null]);
  const hasFile = typeof local === 'string' && local[0] !== '\0';
  if (hasFile)
    assert.ok(fs.existsSync(local));
  bound.close();
  if (hasFile)
    assert.ok(!fs.existsSync(local));
}

async function inheritHigh() {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const stdio = Array(101).fill('ignore');
  stdio[2] = 'inherit';
  // When it starts, Node.js itself marks the lower ones.
  stdio[100] = bound.fd();
  const child = spawn(process.execPath, [__filename, 'high', 100], { stdio });
  assert.deepStrictEqual(await once(child, 'exit'), [0, null]);
  bound.close();
}

async function inheritAsStandardInput(bound) {
  const child = spawn(process.execPath, [__filename, 'inetd'], {
    stdio: [bound.fd(), 'inherit', 'inherit'],
  });
  bound.close();
  assert.deepStrictEqual(await once(child, 'exit'), [0, null]);
}

async function inheritRelative() {
  const folders = ['one', 'two'].map((name) => tmpdir.resolve(name));
  folders.forEach((folder) => fs.mkdirSync(folder));
  const before = process.cwd();
  process.chdir(folders[0]);
  const bound = new net.BoundSocket({ path: 'sock' });
  const child = spawn(process.execPath, [__filename, 'relative', 'sock'], {
    stdio: ['ignore', 'inherit', 'inherit', bound.fd()], cwd: folders[1],
  });
  assert.deepStrictEqual(await once(child, 'exit'), [0, null]);
  assert.ok(fs.existsSync('sock'));
  bound.close();
  process.chdir(before);
}

// The path stays with the child if that still has the socket when everything is
// closed here. The child does not delete it either.
async function handOver(name, getDescriptor) {
  const bound = new net.BoundSocket({ path: path.join(tmpdir.path, name) });
  const local = bound.address();
  const { fd, closeAll } = getDescriptor(bound);
  const child = spawn(process.execPath, [__filename, 'service'], {
    stdio: ['ignore', 'pipe', 'inherit', fd],
  });
  await once(child.stdout.setEncoding('utf8'), 'data');
  closeAll();
  assert.strictEqual(await read(local), 'from the child');
  assert.deepStrictEqual(await once(child, 'exit'), [0, null]);
  assert.ok(fs.existsSync(local));
  fs.unlinkSync(local);
}

// A descriptor that is refused stays unchanged.
function refused(fd, error) {
  const state = () => [
    fs.existsSync(`/proc/self/fd/${fd}`) && fs.readlinkSync(`/proc/self/fd/${fd}`),
    fs.existsSync(`/proc/self/fdinfo/${fd}`) &&
      /^flags:.*$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))[0],
  ];
  const before = state();
  const count = () => common.isLinux && fs.readdirSync('/proc/self/fd').length;
  const number = count();
  assert.throws(() => new net.BoundSocket({ fd }), error);
  assert.deepStrictEqual(state(), before);
  assert.strictEqual(count(), number);
}

async function refusals() {
  const invalid = (message) => ({ code: 'ERR_INVALID_ARG_VALUE', message });

  const file = fs.openSync(__filename);
  refused(file, { code: 'ENOTSOCK', syscall: 'getsockname' });
  fs.closeSync(file);
  refused(file, { code: 'EBADF', syscall: 'getsockname' });

  const datagram = dgram.createSocket('udp4');
  datagram.bindSync();
  refused(findSocket(datagram.address().port, 'udp'),
          invalid(/is not a stream socket/));
  datagram.close();

  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  const [connection] = await once(server, 'connection');
  refused(client._handle.fd, invalid(/is connected/));
  refused(connection._handle.fd, invalid(/is connected/));
  // Two owners would both close it, the second one somebody else's descriptor.
  const owned = invalid(/belongs to another handle/);
  refused(server._handle.fd, owned);
  for (const options of [{}, { exclusive: true }, { shared: true }, { path: tmpdir.resolve('own') }]) {
    const bound = new net.BoundSocket(options);
    refused(bound.fd(), owned);
    const clone = bound.clone();
    refused(clone.fd(), owned);
    bound.close();
    // Adopted, but neither connected nor listening.
    const socket = new net.Socket({ handle: clone });
    refused(socket._handle.fd, owned);
    await once(socket.destroy(), 'close');
  }
  client.destroy();
  connection.destroy();
  server.close();

  const child = spawn(process.execPath, ['-e', ''], { stdio: 'pipe' });
  refused(child.stdout._handle.fd, invalid(/is connected/));
  await once(child, 'close');

  for (const fd of [-1, 1.5, 2 ** 31, NaN])
    assert.throws(() => new net.BoundSocket({ fd }), { code: 'ERR_OUT_OF_RANGE' });
  for (const fd of ['3', true, {}, Symbol('s')])
    assert.throws(() => new net.BoundSocket({ fd }), { code: 'ERR_INVALID_ARG_TYPE' });
  // -0 is treated as 0, whatever descriptor 0 refers to.
  const codeOf = (fd) => {
    try {
      new net.BoundSocket({ fd }).close();
    } catch (err) {
      return err.code;
    }
  };
  assert.strictEqual(codeOf(-0), codeOf(0));
  for (const beside of [
    { host: '127.0.0.1' }, { port: 0 }, { path: '' }, { ipv6Only: false },
    { reusePort: false }, { exclusive: true }, { shared: true },
    { socketOptions: [] }, { acceptedSocketOptions: [] },
  ]) {
    assert.throws(() => new net.BoundSocket({ fd: 0, ...beside }),
                  invalid(/beside fd/));
  }
  new net.BoundSocket({ fd: null }).close();
}

// Finds the descriptor of a datagram socket, whose handle does not expose it.
function findSocket(port, table) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = fs.readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n');
  const inode = rows.find((row) => row.includes(`:${hex} `)).trim().split(/\s+/)[9];
  const fd = fs.readdirSync('/proc/self/fd').find((entry) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${entry}`) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  });
  return Number(fd);
}

// The option is there even if nothing but net is in use. Writing to a pipe, as
// assert may, would load more.
function loadNetAlone() {
  const { stdout } = spawnSync(process.execPath, ['-e', `
    const net = require('net');
    let code = 'bound';
    try {
      new net.BoundSocket({ fd: 0 });
    } catch (err) {
      ({ code } = err);
    }
    console.log(code);`], { encoding: 'utf8' });
  assert.strictEqual(stdout, 'ERR_INVALID_ARG_VALUE\n');
}

(async () => {
  await inherit(new net.BoundSocket({ host: '127.0.0.1' }));
  await inherit(new net.BoundSocket({ host: '127.0.0.1', exclusive: true }));
  if (common.hasIPv6)
    await inherit(new net.BoundSocket({ host: '::1' }));
  await inheritAsStandardInput(new net.BoundSocket({ host: '127.0.0.1' }));
  await inheritAsStandardInput(new net.BoundSocket({ path: tmpdir.resolve('inetd') }));
  await handOver('closed', (bound) => ({ fd: bound.fd(), closeAll: () => bound.close() }));
  await handOver('disposed', (bound) => (
    { fd: bound.fd(), closeAll: () => bound[Symbol.dispose]() }));
  await handOver('restarted', (bound) => {
    const clone = bound.clone();
    const server = net.createServer(common.mustNotCall()).listen(bound);
    const closeAll = () => {
      server.close();
      clone.close();
    };
    return { fd: clone.fd(), closeAll };
  });
  await handOver('adopted', (bound) => {
    const fd = bound.fd();
    const server = net.createServer(common.mustNotCall()).listen(bound);
    return { fd, closeAll: () => server.close() };
  });
  await inherit(new net.BoundSocket({ path: path.join(tmpdir.path, 'sock') }));
  await inheritHigh();
  await inheritRelative();
  loadNetAlone();
  if (common.isLinux) {
    // A path of 108 bytes is not followed by a null byte. Only a sanitizer
    // detects reading past its end.
    const longest = path.join(tmpdir.path, 'x'.repeat(Math.max(107 - tmpdir.path.length, 1)));
    await inherit(new net.BoundSocket({ path: longest }));
  }
  if (common.isLinux) {
    await inherit(new net.BoundSocket({ path: `\0bound-handle-fd-${process.pid}` }));
    await refusals();
  }
})().then(common.mustCall());
