'use strict';

// The receiver finds the TTL that was set in the datagram.

const common = require('../common');
if (!common.isLinux)
  common.skip('reads control messages as Linux has them');

const assert = require('assert');
const { spawn, spawnSync } = require('child_process');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IP, IP_TTL } = net.constants;

// UDP sockets in Node.js do not provide control messages, so use a different
// receiver.
const script = `
import socket, struct
IP_RECVTTL = 12
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(20)
s.bind(('127.0.0.1', 0))
s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
print(s.getsockname()[1], flush=True)
for _ in range(2):
    data, control, flags, address = s.recvmsg(64, 64)
    for level, kind, value in control:
        if level == socket.IPPROTO_IP and kind == socket.IP_TTL:
            print(data.decode(), struct.unpack('i', value)[0], flush=True)
`;

if (spawnSync('python3', ['-c', 'import socket, struct']).status !== 0)
  common.skip('needs python3');

const python = spawn('python3', ['-c', script],
                     { stdio: ['ignore', 'pipe', 'inherit'] });
const socket = dgram.createSocket('udp4');
let output = '';

python.stdout.on('data', common.mustCallAtLeast((chunk) => {
  output += chunk;
  if (output.includes('\n'))
    start();
}, 1));

let started = false;
function start() {
  if (started)
    return;
  started = true;
  const port = Number.parseInt(output, 10);
  socket.bind(0, '127.0.0.1', common.mustCall(() => {
    socket.setsockopt(IPPROTO_IP, IP_TTL, 42);
    socket.send('first', port, '127.0.0.1', common.mustSucceed(() => {
      const value = Buffer.from(new Int32Array([7]).buffer);
      socket.setsockopt(IPPROTO_IP, IP_TTL, value);
      socket.send('second', port, '127.0.0.1', common.mustSucceed(() => {
        socket.close();
      }));
    }));
  }));
}

python.on('close', common.mustCall((code) => {
  assert.strictEqual(code, 0);
  assert.deepStrictEqual(output.trim().split('\n').slice(1),
                         ['first 42', 'second 7']);
}));
