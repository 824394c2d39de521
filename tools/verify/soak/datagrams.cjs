'use strict';

// Acts with datagram sockets.

const dgram = require('node:dgram');
const net = require('node:net');
const { keyOf, quoted } = require('./entries.cjs');
const { fails, ok } = require('./model.cjs');
const { silent } = require('./peers.cjs');

const { constants } = net;

/** What a socket can be asked to tell of each message. */
const INFO = [false, true, ['ttl'], ['ttl', 'localAddress', 'errors'], ['segmentSize', 'dropped']];

const tellsTtl = (receiveInfo) => receiveInfo === true || (receiveInfo && receiveInfo.includes('ttl'));

module.exports = {
  datagram(soak, random) {
    const options = random.pick([{}, { exclusive: true }]);
    const connects = random.chance(0.5);
    const receiveInfo = random.pick(INFO);
    const socket = dgram.createSocket({
      type: 'udp4', receiveInfo,
      ...random.chance(0.3) ? { socketOptions: [[constants.SOL_SOCKET, constants.SO_RCVBUF, 8192]] } : {},
    });
    soak.receiveInfo.set(socket, receiveInfo);
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
    if (random.chance(0.3)) {
      const receiveInfo = random.pick(INFO);
      soak.attempt(`socket.setReceiveInfo(${quoted(receiveInfo)})`, () => socket.setReceiveInfo(receiveInfo), ok);
      soak.receiveInfo.set(socket, receiveInfo);
    }
    const count = 1 + random.below(10);
    const got = [];
    const all = new Promise((resolve) => {
      socket.on('message', function listener(message, { ttl }) {
        got.push(`${message} ${ttl}`);
        if (got.length < count) return;
        socket.off('message', listener);
        resolve();
      });
    });
    const list = Array.from({ length: count }, (_, i) => ({ msg: `${i}`, ttl: 1 + random.below(255) }));
    const sender = dgram.createSocket('udp4');
    sender.connectSync(local.port, local.address);
    soak.note(`sender.sendMany(${JSON.stringify(list)})`);
    sender.sendMany(list);
    await soak.limited(all, `the arrival of ${count} datagrams`);
    sender.close();
    const isTold = tellsTtl(soak.receiveInfo.get(socket));
    const expected = list.map(({ msg, ttl }) => `${msg} ${isTold ? ttl : undefined}`);
    if (got.join() !== expected.join()) soak.fail(`the datagrams are ${got.join()}, not ${expected.join()}`);
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
