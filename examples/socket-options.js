'use strict';

// Sets socket options and reads them back from the kernel: a TCP connection
// that gives up after five seconds without an answer, its congestion control,
// and the identity of the peer of a Unix domain socket.

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const {
  IPPROTO_TCP,
  SOL_SOCKET,
  SO_PEERCRED,
  TCP_CONGESTION,
  TCP_USER_TIMEOUT,
} = net.constants;

function tuneConnection(done) {
  const server = net.createServer((peer) => peer.resume().on('end', () => peer.end()));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
      const algorithm = socket.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 16);
      const name = algorithm.toString('latin1').replace(/\0.*$/s, '');
      socket.setsockopt(IPPROTO_TCP, TCP_CONGESTION, name);
      console.log(`TCP_USER_TIMEOUT ${socket.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT)} ms`);
      console.log(`TCP_CONGESTION   ${name}`);
      socket.end(() => server.close(done));
    });
  });
}

function identifyPeer(done) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bindery-'));
  const server = net.createServer((peer) => {
    // A struct ucred contains pid, uid and gid, each an int in native byte
    // order.
    const [pid, uid, gid] = new Int32Array(
      new Uint8Array(peer.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)).buffer);
    console.log(`SO_PEERCRED      pid ${pid}, uid ${uid}, gid ${gid} (this is pid ${process.pid})`);
    peer.end();
    server.close(() => {
      fs.rmSync(folder, { recursive: true });
      done();
    });
  });
  const name = path.join(folder, 'socket');
  server.listen(name, () => net.connect(name).resume());
}

tuneConnection(() => identifyPeer(() => {}));
