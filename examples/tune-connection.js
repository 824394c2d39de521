'use strict';

// Run with the built binary. A connection that notices a dead peer, keeps
// little unsent data in the kernel, and reports how it is doing.

const net = require('node:net');

const {
  IPPROTO_TCP,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NOTSENT_LOWAT,
  TCP_USER_TIMEOUT,
} = net.constants;

// Sets an option if the system has it, and reports what the kernel made of it.
function tune(socket, name, optname, value, unit) {
  if (optname === undefined) {
    console.log(`${name}: this system does not have it`);
    return;
  }
  socket.setsockopt(IPPROTO_TCP, optname, value);
  console.log(`${name}: ${socket.getsockopt(IPPROTO_TCP, optname)} ${unit}`);
}

const server = net.createServer((connection) => connection.resume().on('end', () => connection.end()));
server.listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1', () => {
    // Data that stays unacknowledged for 20 seconds ends the connection.
    tune(socket, 'TCP_USER_TIMEOUT', TCP_USER_TIMEOUT, 20_000, 'ms');
    // At most 16 KiB wait in the kernel to be sent. The rest waits in the
    // stream, where it can still be dropped or replaced.
    tune(socket, 'TCP_NOTSENT_LOWAT', TCP_NOTSENT_LOWAT, 16 * 1024, 'bytes');

    // The first probe is sent after 30 seconds of silence, then one every 5
    // seconds, for a total of 3.
    socket.setKeepAlive(true, 30_000, 5_000, 3);
    if (TCP_KEEPIDLE !== undefined) {
      console.log('keep-alive:',
                  socket.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE), 's idle,',
                  socket.getsockopt(IPPROTO_TCP, TCP_KEEPINTVL), 's apart,',
                  socket.getsockopt(IPPROTO_TCP, TCP_KEEPCNT), 'probes');
    }

    socket.end('x'.repeat(100_000), () => {
      if (process.platform !== 'linux') return;
      // The round-trip time is at byte 68 of struct tcp_info.
      const info = socket.getsockopt(IPPROTO_TCP, TCP_INFO, 72);
      console.log(`round trip: ${new Uint32Array(info.buffer, info.byteOffset, 18)[17]} µs`);
    });
    socket.on('close', () => server.close());
  });
});
