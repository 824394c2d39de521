'use strict';

// The kernel understands what net.structs encodes, and net.structs decodes what
// the kernel returns.

const common = require('../common');
const assert = require('assert');
const net = require('net');
const vm = require('vm');

const { SOL_SOCKET, SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO } = net.constants;
const { linger, timeval } = net.structs;

const bound = new net.BoundSocket({ host: '127.0.0.1' });

// If asked for more, the kernel writes exactly the size of its own struct.
function read(optname, struct) {
  const answer = bound.getsockopt(SOL_SOCKET, optname, 64);
  assert.strictEqual(answer.length, struct.size);
  return struct.decode(answer);
}

// macOS counts SO_LINGER in ticks, and when it is off, the time is irrelevant.
assert.strictEqual(read(SO_LINGER, linger).onoff, false);
for (const fields of [{ onoff: true, linger: 5 }, { onoff: true, linger: 0 }, { onoff: true, linger: 300 }]) {
  bound.setsockopt(SOL_SOCKET, SO_LINGER, linger.encode(fields));
  assert.deepStrictEqual(read(SO_LINGER, linger), fields);
}
bound.setsockopt(SOL_SOCKET, SO_LINGER, linger.encode({ onoff: false, linger: 7 }));
assert.strictEqual(read(SO_LINGER, linger).onoff, false);

// Fields and bytes may come from another context.
{
  const context = vm.createContext({});
  const foreign = (code) => vm.runInContext(code, context);
  bound.setsockopt(SOL_SOCKET, SO_LINGER, linger.encode(foreign('({ onoff: true, linger: 7 })')));
  context.bytes = bound.getsockopt(SOL_SOCKET, SO_LINGER, linger.size);
  assert.deepStrictEqual({ ...linger.decode(foreign('new Uint8Array(bytes)')) },
                         { onoff: true, linger: 7 });
}

// Half a second is a whole number of ticks in every kernel. Other times are
// rounded up, so one microsecond is returned as one tick.
if (timeval !== undefined) {
  for (const [optname, other] of [[SO_RCVTIMEO, SO_SNDTIMEO], [SO_SNDTIMEO, SO_RCVTIMEO]]) {
    assert.deepStrictEqual(read(optname, timeval), { sec: 0, usec: 0 });
    for (const fields of [{ sec: 3, usec: 500_000 }, { sec: 100_000, usec: 0 }, { sec: 0, usec: 500_000 }]) {
      bound.setsockopt(SOL_SOCKET, optname, timeval.encode(fields));
      assert.deepStrictEqual(read(optname, timeval), fields);
      assert.deepStrictEqual(read(other, timeval), { sec: 0, usec: 0 });
    }
    bound.setsockopt(SOL_SOCKET, optname, timeval.encode({ sec: 0, usec: 1 }));
    const { sec, usec } = read(optname, timeval);
    assert.strictEqual(sec, 0);
    assert.ok(usec >= 1 && usec <= 10_000, `${usec} microseconds`);
    bound.setsockopt(SOL_SOCKET, optname, timeval.encode({ sec: 0, usec: 0 }));
  }
}
bound.close();

// With a linger time of zero, destroying a connection resets it; without a
// linger time, it ends normally.
for (const [onoff, ending] of [[true, 'ECONNRESET'], [false, 'end']]) {
  const server = net.createServer(common.mustCall((connection) => {
    const seen = [];
    connection.resume();
    connection.on('end', () => seen.push('end'));
    connection.on('error', ({ code }) => seen.push(code));
    connection.on('close', common.mustCall(() => {
      assert.deepStrictEqual(seen, [ending]);
      server.close();
    }));
    connection.write('accepted');
  }));
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    const client = net.connect(server.address().port, '127.0.0.1');
    // Read everything, because unread data would cause a reset on its own.
    client.on('data', common.mustCall(() => {
      client.setsockopt(SOL_SOCKET, SO_LINGER, linger.encode({ onoff, linger: 0 }));
      client.destroy();
    }));
  }));
}
