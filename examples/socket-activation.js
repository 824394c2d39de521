'use strict';

// Run with the built binary, on Unix. A service that runs only while someone
// needs it: a launcher listens on a TCP port and a Unix domain path, and starts
// the service when the first client connects. That client waits in the queue of
// the socket, which the service inherits. The service exits when nobody
// connects anymore. The launcher keeps the sockets, and starts the service
// again for the next client.
//
// The sockets are passed as described in sd_listen_fds(3), so systemd can start
// the service, too:
//
//   systemd-socket-activate -l 127.0.0.1:8080 node socket-activation.js service

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const FIRST_FD = 3;
const IDLE = 200;

// The service: takes the descriptors that were passed to this process. Removes
// them from the environment, so that child processes do not see them.
function passedSockets() {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = process.env;
  delete process.env.LISTEN_PID;
  delete process.env.LISTEN_FDS;
  delete process.env.LISTEN_FDNAMES;
  // They may be meant for a parent that did not clear its environment.
  if (LISTEN_PID !== `${process.pid}`) return [];
  assert.match(LISTEN_FDS ?? '', /^[1-9]\d*$/, 'LISTEN_FDS is a number of descriptors');
  const count = Number(LISTEN_FDS);
  const names = LISTEN_FDNAMES?.split(':') ?? Array(count).fill('unknown');
  assert.strictEqual(names.length, count, 'LISTEN_FDNAMES has a name for each descriptor');
  // Child processes do not inherit a BoundHandle, which only accepts bound
  // sockets.
  return names.map((name, index) => ({ name, bound: new net.BoundHandle({ fd: FIRST_FD + index }) }));
}

function serve() {
  const sockets = passedSockets();
  if (sockets.length === 0) {
    console.error('no sockets were passed to this process');
    process.exitCode = 1;
    return;
  }
  const servers = sockets.map(({ name, bound }) => {
    const server = net.createServer((connection) => {
      idle.refresh();
      // Read what a client sends, since closing with unread data would reset
      // the connection.
      connection.on('error', () => {}).resume().end(`process ${process.pid}, socket ${name}\n`);
    });
    return server.listen(bound);
  });
  // This closes only the descriptors of this process: a client that connects
  // now waits for the next one.
  const idle = setTimeout(() => servers.forEach((server) => server.close()), IDLE);
}

// Exits when a client waits at one of the sockets, and leaves the client there:
// a listening socket cannot be read, and the error is reported once there is
// someone to accept. This is a process of its own because the launcher keeps
// its descriptors.
function wait() {
  process.stdin.on('end', () => process.exit(1)).resume(); // The launcher is gone.
  for (let index = 0; index < Number(process.env.LISTEN_FDS); index++)
    new net.Socket({ fd: FIRST_FD + index }).on('error', () => process.exit()).resume();
}

// The launcher: LISTEN_PID must be the ID of the future service process, which
// only that process knows. So a shell records its own ID and becomes the
// service.
const SCRIPT = '"$@" wait && export LISTEN_PID=$$ && exec "$@" service';

function activate(sockets) {
  return spawn('/bin/sh', ['-c', SCRIPT, 'sh', process.execPath, __filename], {
    env: {
      ...process.env,
      LISTEN_FDS: `${sockets.length}`,
      LISTEN_FDNAMES: sockets.map(({ name }) => name).join(':'),
    },
    stdio: ['pipe', 'inherit', 'inherit', ...sockets.map(({ bound }) => bound.fd())],
  });
}

// Listens without accepting anybody. The socket itself is listening, so it
// still does after one of its two descriptors is closed along with the server.
function listen(bound) {
  net.createServer().listen(bound.clone()).close();
}

async function ask(address) {
  const client = net.connect(address).setEncoding('utf8');
  const start = performance.now();
  const passed = () => `${Math.ceil(performance.now() - start)} ms`;
  await once(client, 'connect');
  console.log(`  connected after ${passed()}`);
  let answer = '';
  for await (const text of client) answer += text;
  console.log(`  answered after ${passed()}: ${answer.trim()}`);
  return answer;
}

async function launch() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'socket-activation-'));
  const host = '127.0.0.1';
  const file = path.join(folder, 'control');
  const web = new net.BoundHandle({ host });
  const control = new net.BoundHandle({ path: file });
  const sockets = [{ name: 'web', bound: web }, { name: 'control', bound: control }];
  for (const { bound } of sockets) listen(bound);

  const { port } = web.address();
  for (const [name, address] of Object.entries({ web: { host, port }, control: { path: file } })) {
    const service = activate(sockets);
    await sleep(300);
    console.log(`${name}: the service does not run, a client connects`);
    const answer = await ask(address);
    assert.strictEqual(answer, `process ${service.pid}, socket ${name}\n`);
    const [code] = await once(service, 'exit');
    assert.strictEqual(code, 0);
    console.log(`  process ${service.pid} has ended, the socket listens on`);
  }
  for (const { bound } of sockets) bound.close();
  fs.rmdirSync(folder);
}

const roles = { launch, service: serve, wait };
roles[process.argv[2] ?? 'launch']();
