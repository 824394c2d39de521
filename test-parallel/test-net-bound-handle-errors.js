'use strict';

// The constructor throws errors of bind(), whereas errors of connect() are
// emitted as events.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');
const os = require('os');
const path = require('path');
const tmpdir = require('../common/tmpdir');

tmpdir.refresh();

function thrown(options) {
  try {
    new net.BoundSocket(options).close();
  } catch (err) {
    assert.ok(err instanceof Error);
    assert.ok(err.stack.includes(__filename), err.stack);
    return err;
  }
  assert.fail('nothing was thrown');
}

function isBind(err, code) {
  assert.strictEqual(err.code, code);
  assert.strictEqual(err.syscall, 'bind');
  assert.strictEqual(err.name, 'Error');
  assert.ok(err.message.startsWith(`bind ${code}`), err.message);
  if (!common.isWindows)
    assert.strictEqual(err.errno, -os.constants.errno[code]);
}

// An address that this machine does not have (RFC 5737).
{
  const err = thrown({ host: '192.0.2.1' });
  isBind(err, 'EADDRNOTAVAIL');
  assert.strictEqual(err.address, '192.0.2.1');
  assert.strictEqual(err.port, undefined);
}
{
  const { port } = (() => {
    const bound = new net.BoundSocket({ host: '127.0.0.1' });
    const address = bound.address();
    bound.close();
    return address;
  })();
  const err = thrown({ host: '192.0.2.1', port });
  isBind(err, 'EADDRNOTAVAIL');
  assert.strictEqual(err.address, '192.0.2.1');
  assert.strictEqual(err.port, port);
}

// The port of a listening server, with or without a bound handle.
for (const args of [[0, '127.0.0.1'],
                    [new net.BoundSocket({ host: '127.0.0.1' })]]) {
  const server = net.createServer();
  server.listen(...args, common.mustCall(() => {
    const { port } = server.address();
    for (const value of [port, `${port}`]) {
      const err = thrown({ host: '127.0.0.1', port: value });
      isBind(err, 'EADDRINUSE');
      assert.strictEqual(err.address, '127.0.0.1');
      assert.strictEqual(err.port, port);
    }
    server.close(common.mustCall(() => {
      new net.BoundSocket({ host: '127.0.0.1', port }).close();
    }));
  }));
}

if (!common.isWindows) {
  // Paths.
  {
    const missing = path.join(tmpdir.path, 'missing', 's');
    isBind(thrown({ path: missing }), 'EACCES');
    assert.strictEqual(fs.existsSync(path.dirname(missing)), false);
  }
  {
    const err = thrown({ path: path.join(tmpdir.path, 'x'.repeat(200)) });
    isBind(err, 'EINVAL');
  }
  isBind(thrown({ path: `${common.PIPE}\0x` }), 'EINVAL');
  {
    const file = path.join(tmpdir.path, 'file');
    fs.writeFileSync(file, 'content');
    isBind(thrown({ path: file }), 'EADDRINUSE');
    assert.strictEqual(fs.readFileSync(file, 'utf8'), 'content');
    isBind(thrown({ path: tmpdir.path }), 'EADDRINUSE');
  }
  {
    const bound = new net.BoundSocket({ path: common.PIPE });
    isBind(thrown({ path: common.PIPE }), 'EADDRINUSE');
    // It still belongs to the first one.
    assert.ok(fs.statSync(common.PIPE).isSocket());
    assert.strictEqual(bound.address(), common.PIPE);
    bound.close();
    assert.strictEqual(fs.existsSync(common.PIPE), false);
  }
  {
    // An existing entry prevents binding even if it is not in use.
    const file = path.join(tmpdir.path, 'link');
    fs.symlinkSync('nowhere', file);
    isBind(thrown({ path: file }), 'EADDRINUSE');
    assert.ok(fs.lstatSync(file).isSymbolicLink());
  }
  assert.deepStrictEqual(fs.readdirSync(tmpdir.path).sort(), ['file', 'link']);
}

// A port that nobody listens on. It is bound, so nobody else can take it.
const silent = new net.BoundSocket({ host: '127.0.0.1' });
const target = { host: '127.0.0.1', port: silent.address().port };
let left = 0;
function refused(emitter) {
  left++;
  emitter.on('error', common.mustCall((err) => {
    assert.strictEqual(err.code, 'ECONNREFUSED');
    assert.strictEqual(err.syscall, 'connect');
    assert.strictEqual(err.address, '127.0.0.1');
    assert.strictEqual(err.port, target.port);
    if (--left === 0)
      silent.close();
  }));
  return emitter;
}
const handle = () => new net.BoundSocket({ host: '127.0.0.1' });
{
  const socket = refused(new net.Socket({ handle: handle() }));
  socket.on('connect', common.mustNotCall());
  socket.connect(target);
  socket.on('close', common.mustCall((hadError) => {
    assert.strictEqual(hadError, true);
    assert.strictEqual(socket.destroyed, true);
  }));
}
refused(net.connect({ ...target, handle: handle() }));
refused(net.connect({
  ...target,
  host: 'localhost',
  handle: handle(),
  lookup(name, options, callback) {
    if (options.all)
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    else
      callback(null, '127.0.0.1', 4);
  },
}));
refused(http.get({ ...target, handle: handle() }));
refused(http.get({ ...target, handle: handle(), agent: false }));

// The other family.
if (common.hasIPv6) {
  for (const make of [(options) => net.connect(options),
                      (options) => http.get(options)]) {
    for (const [from, to] of [['127.0.0.1', '::1'], ['::1', '127.0.0.1']]) {
      left++;
      const bound = new net.BoundSocket({ host: from });
      const emitter = make({ host: to, port: target.port, handle: bound });
      emitter.on('error', common.mustCall((err) => {
        assert.strictEqual(err.syscall, 'connect');
        if (common.isLinux) {
          assert.strictEqual(err.code,
                             from === '::1' ? 'EINVAL' : 'EAFNOSUPPORT');
        }
        if (--left === 0)
          silent.close();
      }));
      assert.throws(() => bound.address(),
                    { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
    }
  }
}
