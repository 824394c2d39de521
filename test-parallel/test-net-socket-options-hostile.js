'use strict';

// Lists whose getters run code of the caller: each is read once, exceptions are
// propagated, and whatever the getters do to the socket, nothing aborts and no
// descriptors are leaked.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');

const { SOL_SOCKET, SO_KEEPALIVE, SO_RCVBUF } = net.constants;

const host = '127.0.0.1';

// Returns the number of open sockets.
function count() {
  if (!common.isLinux)
    return 0;
  return fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const quiet = (emitter) => emitter.on('error', () => {});
const good = [SOL_SOCKET, SO_RCVBUF, 20_000];

// Returns two options; reading a part of the second one calls `act`.
function trap(place, act) {
  const entry = [SOL_SOCKET, SO_KEEPALIVE, 1];
  const read = entry[place];
  Object.defineProperty(entry, place, {
    get() {
      act();
      return read;
    },
  });
  return [good, entry];
}

// Returns a list that is a proxy, each trap of which calls `act`.
function proxied(act) {
  const run = (name) => (...args) => {
    act();
    return Reflect[name](...args);
  };
  const names = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor',
                 'getPrototypeOf'];
  const handler = Object.fromEntries(names.map((name) => [name, run(name)]));
  return new Proxy([good, new Proxy([...good], handler)], handler);
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable([good], {});
  revoke();
  return proxy;
}

// How to call each entry point, and how to end the object that it is called on
// while it reads the list. The test ends the objects that survive.
const entries = {
  BoundSocket: () => ({
    use: (socketOptions) => new net.BoundSocket({ host, socketOptions }).close(),
    // There is nothing to end yet, so create and close another handle.
    end: () => new net.BoundSocket({ host }).close(),
    after: () => {},
  }),
  connect: () => {
    const socket = quiet(new net.Socket());
    return {
      use: (socketOptions) => socket.connect({ host, port: 9, socketOptions }),
      end: () => socket.destroy(),
      after: () => socket.destroy(),
    };
  },
  connectAdopted: () => {
    const bound = new net.BoundSocket({ host });
    const socket = quiet(new net.Socket({ handle: bound }));
    return {
      use: (socketOptions) => socket.connect({ host, port: 9, socketOptions }),
      end: () => socket.destroy(),
      after: () => socket.destroy(),
    };
  },
  connectTwice: () => {
    const socket = quiet(new net.Socket());
    return {
      use: (socketOptions) => socket.connect({ host, port: 9, socketOptions }),
      end: () => socket.connect({ host, port: 9 }),
      after: () => socket.destroy(),
    };
  },
  listen: () => {
    const server = quiet(net.createServer());
    return {
      use: (socketOptions) => server.listen({ host, port: 0, socketOptions }),
      end: () => server.close(),
      after: () => server.close(),
    };
  },
  listenTwice: () => {
    const server = quiet(net.createServer());
    return {
      use: (socketOptions) => server.listen({ host, port: 0, socketOptions }),
      end: () => {
        if (!server.listening)
          server.listen({ host, port: 0 });
      },
      after: () => server.close(),
    };
  },
  listenBound: () => {
    const server = quiet(net.createServer());
    const bound = new net.BoundSocket({ host });
    return {
      use: (socketOptions) => server.listen({ handle: bound, socketOptions }),
      end: () => bound.close(),
      after: () => {
        server.close();
        try {
          bound.close();
        } catch (err) {
          assert.strictEqual(err.code, 'ERR_SOCKET_HANDLE_ADOPTED');
        }
      },
    };
  },
  createSocket: () => {
    let socket;
    return {
      use: (socketOptions) => {
        socket = quiet(dgram.createSocket({ type: 'udp4', socketOptions }));
        socket.bind(0, host);
      },
      end: () => {},
      after: () => socket?.close(),
    };
  },
  createServer: () => ({
    use: (acceptedSocketOptions) => net.createServer({ acceptedSocketOptions }),
    end: () => {},
    after: () => {},
  }),
};

async function main() {
  const before = count();
  for (const [name, make] of Object.entries(entries)) {
    // The call throws errors of the list itself.
    const mine = new Error('mine');
    const fail = () => { throw mine; };
    for (const list of [trap(0, fail), trap(1, fail), trap(2, fail),
                        proxied(fail),
                        Object.defineProperty([good], 0, { get: fail })]) {
      const { use, after } = make();
      assert.throws(() => use(list), (err) => err === mine, name);
      after();
    }
    {
      const { use, after } = make();
      assert.throws(() => use(revoked()), TypeError, name);
      after();
    }

    // Each part is read only once, so the checked value is the one that is
    // used.
    for (const place of [0, 1, 2]) {
      let reads = 0;
      const { use, after } = make();
      use(trap(place, () => reads++));
      assert.strictEqual(reads, 1, `${name}: entry[${place}]`);
      after();
    }

    // The socket is ended while its list is read. The call may continue or
    // throw.
    for (const listOf of [(act) => trap(0, act), (act) => trap(1, act),
                          (act) => trap(2, act), proxied]) {
      const { use, end, after } = make();
      try {
        use(listOf(end));
      } catch (err) {
        assert.ok(err instanceof Error, name);
      }
      await turn();
      after();
    }

    // A later option detaches the bytes of an earlier one.
    {
      const view = new Int32Array([20_000]);
      const list = trap(0, () => {
        if (view.byteLength > 0)
          structuredClone(view.buffer, { transfer: [view.buffer] });
      });
      list[0] = [SOL_SOCKET, SO_RCVBUF, view];
      const { use, after } = make();
      try {
        use(list);
      } catch (err) {
        assert.strictEqual(err.code, 'ERR_INVALID_ARG_VALUE', name);
      }
      await turn();
      after();
    }

    // The list grows or shrinks while it is read.
    for (const act of [(list) => { list.length = 0; },
                       (list) => { list.length = 1; },
                       (list) => { if (list.length < 10) list.push(good); }]) {
      const { use, after } = make();
      const list = trap(0, () => act(list));
      try {
        use(list);
      } catch (err) {
        assert.strictEqual(err.code, 'ERR_INVALID_ARG_TYPE', name);
      }
      await turn();
      after();
    }
  }

  // The option itself can be a getter, too.
  {
    const mine = new Error('mine');
    const options = {
      host,
      port: 0,
      type: 'udp4',
      get socketOptions() { throw mine; },
      get acceptedSocketOptions() { throw mine; },
    };
    const expected = (err) => err === mine;
    assert.throws(() => new net.BoundSocket(options), expected);
    assert.throws(() => net.connect(options), expected);
    assert.throws(() => net.createServer().listen(options), expected);
    assert.throws(() => dgram.createSocket(options), expected);
    assert.throws(() => net.createServer(options), expected);
  }

  // Arrays whose methods were replaced.
  {
    const never = common.mustNotCall('ran the code of a list');
    const list = [[SOL_SOCKET, SO_KEEPALIVE, new Int32Array([1])]];
    for (const name of [Symbol.iterator, 'map', 'forEach', 'slice', 'concat',
                        'constructor', 'toString', 'toJSON', 'entries']) {
      for (const object of [list, list[0], list[0][2]])
        Object.defineProperty(object, name, { get: never });
    }
    const bound = new net.BoundSocket({ host, socketOptions: list });
    assert.notStrictEqual(bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 0);
    bound.close();
    const next = Array.prototype[Symbol.iterator];
    Array.prototype[Symbol.iterator] = never;
    try {
      new net.BoundSocket({ host, socketOptions: [good] }).close();
    } finally {
      Array.prototype[Symbol.iterator] = next;
    }
  }

  // Copies are not made by what prototypes name.
  for (const [prototype, name] of [[Array.prototype, Symbol.isConcatSpreadable],
                                   [Array.prototype, 'constructor'],
                                   [Uint8Array.prototype, 'constructor']]) {
    const former = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(prototype, name, { configurable: true, value: false });
    let isOn;
    try {
      const bound = new net.BoundSocket({
        host, socketOptions: [[SOL_SOCKET, SO_KEEPALIVE, new Int32Array([1])]],
      });
      isOn = bound.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0;
      bound.close();
    } finally {
      delete prototype[name];
      if (former !== undefined)
        Object.defineProperty(prototype, name, former);
    }
    assert.strictEqual(isOn, true);
  }

  // The handle of a destroyed socket is closed in a later tick.
  for (let i = 0; i < 100 && count() > before; i++)
    await turn();
  assert.strictEqual(count(), before);
}

main().then(common.mustCall());
