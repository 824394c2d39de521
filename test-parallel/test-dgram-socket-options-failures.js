'use strict';

// If an option cannot be set, a datagram socket is not bound. It does not have
// a descriptor then, and can be bound again.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const { once } = require('events');

const { SOL_SOCKET, SO_RCVBUF, SO_RCVBUFFORCE } = net.constants;

const host = '127.0.0.1';
const count = () => common.isLinux ? fs.readdirSync('/proc/self/fd').length : 0;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const good = [SOL_SOCKET, SO_RCVBUF, 20_000];
const bad = [SOL_SOCKET, 9999, 1];
const list = [good, bad, good];

function check(err) {
  const { code, syscall, index, level, optname, message } = err;
  if (code !== 'ENOPROTOOPT' || syscall !== 'setsockopt' || index !== 1 ||
      level !== SOL_SOCKET || optname !== 9999 ||
      message !== 'setsockopt ENOPROTOOPT socketOptions[1] (SOL_SOCKET, 9999)') {
    assert.fail(err.stack);
  }
  return true;
}

const never = common.mustNotCall('a socket without its options');
const thrown = (call) => {
  try {
    call();
  } catch (err) {
    return err;
  }
};
const create = () => dgram.createSocket({ type: 'udp4', socketOptions: list });

// Methods that report the error using an event.
const later = {
  bind: (socket) => socket.bind(0, host),
  bindOptions: (socket) => socket.bind({ port: 0, address: host, exclusive: true }),
  send: (socket) => socket.send('text', 9, host),
  connect: (socket) => socket.connect(9, host),
};
// Methods that throw the error.
const atOnce = {
  bindSync: (socket) => socket.bindSync({ address: host }),
  connectSync: (socket) => socket.connectSync(9, host),
};

// The number of attempts, which takes a second or less, and the time after
// which a slower machine has done enough of them.
const times = 10_000;
const enough = common.platformTimeout(6_000);
const together = 100;

async function main() {
  const run = async (name, attempt) => {
    await turn();
    const before = count();
    const end = Date.now() + enough;
    for (let done = 0; done < times && Date.now() < end; done += together) {
      await attempt();
      await turn();
      if (done % 1000 === 0)
        assert.strictEqual(count(), before, `${name}: ${done}`);
    }
    assert.strictEqual(count(), before, name);
  };

  for (const [name, bind] of Object.entries(atOnce)) {
    // New sockets.
    await run(name, () => {
      for (let i = 0; i < together; i++) {
        const socket = create();
        socket.on('listening', never);
        check(thrown(() => bind(socket)));
        socket.close();
      }
    });
    // A single socket.
    const socket = create();
    await run(name, () => {
      for (let i = 0; i < together; i++)
        check(thrown(() => bind(socket)));
    });
    assert.throws(() => socket.address(), Error);
    socket.close();
  }

  for (const [name, bind] of Object.entries(later)) {
    const fails = async (socket) => {
      const error = once(socket, 'error');
      bind(socket);
      check((await error)[0]);
    };
    await run(name, () => Promise.all(Array.from({ length: together }, async () => {
      const socket = create();
      socket.on('listening', never);
      const error = new Promise((resolve) => socket.once('error', resolve));
      bind(socket);
      check(await error);
      socket.close();
    })));
    // If connect() fails, the socket stays in the connecting state, with or
    // without options.
    if (name === 'connect')
      continue;
    const socket = create();
    const before = count();
    for (let i = 0; i < 100; i++)
      await fails(socket);
    assert.strictEqual(count(), before);
    assert.throws(() => socket.bindSync({ address: host }), check);
    socket.close();
  }

  // Options that libuv cannot handle are refused as usual.
  if (common.isLinux) {
    const { IPPROTO_IP, IP_RECVERR } = net.constants;
    const socketOptions = [good, [IPPROTO_IP, IP_RECVERR, 1]];
    const expected = {
      code: 'ERR_SOCKET_OPTION_REFUSED',
      index: 1,
      level: IPPROTO_IP,
      optname: IP_RECVERR,
    };
    const socket = dgram.createSocket({ type: 'udp4', socketOptions });
    assert.throws(() => socket.bindSync({ address: host }), expected);
    const error = once(socket, 'error');
    socket.bind(0, host);
    const [{ code, index, level, optname }] = await error;
    assert.deepStrictEqual({ code, index, level, optname }, expected);
    socket.close();
  }

  // A recorded option does not have an index in the list.
  {
    const socket = dgram.createSocket({ type: 'udp4', socketOptions: [good] });
    assert.strictEqual(socket.setsockopt(...bad), socket);
    assert.throws(() => socket.bindSync({ address: host }), (err) => {
      assert.strictEqual(err.code, 'ENOPROTOOPT');
      assert.strictEqual(err.syscall, 'setsockopt');
      assert.strictEqual(err.index, undefined);
      assert.strictEqual(err.level, SOL_SOCKET);
      assert.strictEqual(err.optname, 9999);
      assert.match(err.message, /^setsockopt ENOPROTOOPT .*\(SOL_SOCKET, 9999\)$/);
      return true;
    });
    // The failed option was reported, and does not affect the next attempt.
    socket.bindSync({ address: host });
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF),
                       common.isLinux ? 40_000 : 20_000);
    socket.close();
  }

  // An address that is in use makes no difference: the options belong to the
  // socket, whenever it is created.
  {
    const taken = dgram.createSocket('udp4');
    const address = taken.bindSync({ address: host });
    const socket = dgram.createSocket({ type: 'udp4', socketOptions: [good] });
    assert.throws(() => socket.bindSync(address),
                  { code: 'EADDRINUSE', syscall: 'bind' });
    const error = once(socket, 'error');
    socket.bind(address.port, host);
    assert.strictEqual((await error)[0].code, 'EADDRINUSE');
    socket.bindSync({ address: host });
    assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF),
                       common.isLinux ? 40_000 : 20_000);
    socket.close();
    taken.close();
  }

  // An option that the system refuses at first can be set later.
  if (common.isLinux && process.getuid() === 0) {
    const probe = new net.BoundSocket({ host });
    let allowed = true;
    try {
      probe.setsockopt(SOL_SOCKET, SO_RCVBUFFORCE, 20_000);
      // Some versions refuse to change the user.
      process.seteuid(65534);
      process.seteuid(0);
    } catch {
      allowed = false;
    }
    probe.close();
    if (!allowed)
      return;
    const socketOptions = [good, [SOL_SOCKET, SO_RCVBUFFORCE, 30_000]];
    for (const bind of [...Object.values(later), ...Object.values(atOnce)]) {
      const socket = dgram.createSocket({ type: 'udp4', socketOptions });
      process.seteuid(65534);
      try {
        assert.throws(() => socket.bindSync({ address: host }),
                      { code: 'EPERM', index: 1 });
        const error = once(socket, 'error');
        socket.bind(0, host);
        const [{ code, index }] = await error;
        assert.deepStrictEqual({ code, index }, { code: 'EPERM', index: 1 });
      } finally {
        process.seteuid(0);
      }
      const listening = once(socket, 'listening');
      bind(socket);
      await listening;
      assert.strictEqual(socket.getsockopt(SOL_SOCKET, SO_RCVBUF), 60_000);
      socket.close();
    }
  }
}

main().then(common.mustCall());
