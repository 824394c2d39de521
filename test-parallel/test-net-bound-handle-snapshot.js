'use strict';

// A startup snapshot can contain the loaded modules and bound sockets that are closed.
// An open one is refused with a descriptive error, instead of an abort in V8.

const common = require('../common');
const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const tmpdir = require('../common/tmpdir');

if (process.config.variables.node_use_node_snapshot === false)
  common.skip('built without snapshots');

tmpdir.refresh();
const blob = path.join(tmpdir.path, 'entry.blob');
const socketPath = path.join(tmpdir.path, 'socket');

function run(...args) {
  return spawnSync(
    process.execPath, ['--snapshot-blob', blob, ...args],
    { encoding: 'utf8', cwd: tmpdir.path, timeout: common.platformTimeout(60_000) });
}

function build(code) {
  const entry = path.join(tmpdir.path, 'entry.js');
  fs.rmSync(blob, { force: true });
  fs.writeFileSync(entry, `
const net = require('net');
const { startupSnapshot } = require('v8');
const host = '127.0.0.1';
${code}`);
  return run('--build-snapshot', entry);
}

// Everything that is created while building is closed, or adopted by something
// that is closed.
{
  const { status, stderr } = build(`
  for (const options of [{}, { exclusive: true }, { shared: true }]) {
    const bound = new net.BoundSocket({ host, ...options });
    bound.clone().close();
    bound.close();
  }
  try {
    new net.BoundSocket({ host: 'localhost' });
  } catch {}
  const server = net.createServer();
  server.listen(new net.BoundSocket({ host }), () => server.close());
  let late = new net.BoundSocket({ host });
  startupSnapshot.addSerializeCallback(() => {
    late.close();
    late = undefined;
  });

  const kept = new net.BoundSocket({ host });
  kept.close();

  startupSnapshot.setDeserializeMainFunction(() => {
    try {
      kept.address();
    } catch ({ code }) {
      console.log(code);
    }
    const { MessageChannel, receiveMessageOnPort } = require('worker_threads');
    const same = [];
    for (const options of [
      { host }, { host, exclusive: true }, { host, shared: true },
      ${common.isWindows ? '' : `{ path: ${JSON.stringify(socketPath)} },`}
    ]) {
      const bound = new net.BoundSocket(options);
      const address = bound.address();
      bound.clone().close();
      const { port1, port2 } = new MessageChannel();
      port1.postMessage(bound, [bound]);
      const { message } = receiveMessageOnPort(port2);
      same.push(JSON.stringify(message.address()) === JSON.stringify(address));
      message.close();
      port1.close();
    }
    const listener = net.createServer((connection) => connection.end());
    listener.listen(new net.BoundSocket({ host }), () => {
      const { port } = listener.address();
      net.connect({ handle: new net.BoundSocket({ host }), host, port }, () => {
        listener.close();
        console.log(same.join());
      }).resume();
    });
  });`);
  assert.strictEqual(status, 0, stderr);
  const main = run();
  assert.strictEqual(main.status, 0, main.stderr);
  const expected = common.isWindows ? 3 : 4;
  assert.strictEqual(main.stdout.trim(),
                     `ERR_SOCKET_HANDLE_ADOPTED\n${Array(expected).fill('true').join()}`);
}

for (const options of ['host', 'host, exclusive: true', 'host, shared: true']) {
  const { signal, status, stderr } =
    build(`
    process.on('uncaughtExceptionMonitor', (err, origin) => console.error('origin: ' + origin));
    globalThis.bound = new net.BoundSocket({ ${options} });`);
  assert.match(stderr, /origin: uncaughtException/);
  assert.match(stderr, /A bound socket that is open is not supported in startup snapshot/);
  assert.doesNotMatch(stderr, /global handle not serialized/);
  assert.strictEqual(signal, null);
  assert.strictEqual(status, 1);
  assert.strictEqual(fs.existsSync(blob), false);
}
