'use strict';

// Acts with datagram sockets.

const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { keyOf, quoted } = require('./entries.cjs');
const { fails, ok } = require('./model.cjs');
const { silent } = require('./peers.cjs');

const { constants } = net;

module.exports = {
  datagram(soak, random) {
    const options = random.pick([{}, { exclusive: true }]);
    const connects = random.chance(0.5);
    const socket = dgram.createSocket({ type: 'udp4', ...random.chance(0.3) ? { socketOptions: [[constants.SOL_SOCKET, constants.SO_RCVBUF, 8192]] } : {} });
    socket.on('error', silent);
    soak.datagrams.push(socket);
    const { value } = soak.attempt(`socket.bindSync({ address: '127.0.0.1', ...${quoted(options)} })`,
                                   () => socket.bindSync({ address: '127.0.0.1', ...options }), ok, { syscall: /^(bind|socket|open)$/ });
    if (value === undefined) return;
    soak.datagramKeys.add(keyOf(value));
    soak.attempt('socket.bindSync()', () => socket.bindSync(), fails('ERR_SOCKET_ALREADY_BOUND'));
    const other = dgram.createSocket('udp4');
    soak.attempt('another socket\'s bindSync()', () => other.bindSync(value), fails('EADDRINUSE'), { syscall: /^bind$/ });
    other.close();
    if (connects) {
      soak.attempt('socket.connectSync(9)', () => socket.connectSync(9, '127.0.0.1'), ok);
      soak.attempt('socket.connectSync(9)', () => socket.connectSync(9), fails('ERR_SOCKET_DGRAM_IS_CONNECTED'));
    }
  },

  async deliver(soak, random) {
    const socket = soak.datagrams[random.below(1 << 20) % Math.max(soak.datagrams.length, 1)];
    if (socket === undefined) return;
    let local;
    try {
      local = socket.address();
      socket.remoteAddress();
      return;
    } catch (err) {
      if (err.code !== 'ERR_SOCKET_DGRAM_NOT_CONNECTED') return;
    }
    soak.note('a datagram is sent to it');
    const sender = dgram.createSocket('udp4');
    sender.connectSync(local.port, local.address);
    const got = once(socket, 'message');
    sender.send('hello');
    const [message] = await soak.limited(got, 'a datagram');
    sender.close();
    if (`${message}` !== 'hello') soak.fail(`the datagram is ${message}`);
  },

  closeDatagram(soak, random) {
    const index = random.below(1 << 20) % Math.max(soak.datagrams.length, 1);
    const [socket] = soak.datagrams.splice(index, 1);
    if (socket === undefined) return;
    soak.attempt('socket.close()', () => socket.close(), ok);
    soak.attempt('socket.bindSync()', () => socket.bindSync(), fails('ERR_SOCKET_DGRAM_NOT_RUNNING'));
    soak.attempt('socket.getsockopt()', () => socket.getsockopt(constants.SOL_SOCKET, constants.SO_TYPE), fails('ERR_SOCKET_DGRAM_NOT_RUNNING'));
  },
};
