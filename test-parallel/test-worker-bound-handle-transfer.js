// Flags: --expose-internals --expose-gc
'use strict';

// A bound socket can be transferred to another thread and back, and nothing is
// left of it if it does not arrive.

const common = require('../common');
const assert = require('assert');
const fs = require('fs');
const net = require('net');
const path = require('path');
const { once } = require('events');
const { internalBinding } = require('internal/test/binding');
const { MessageChannel, Worker, isMainThread, parentPort, receiveMessageOnPort, workerData } =
  require('worker_threads');
const tmpdir = require('../common/tmpdir');

const { countGroups } = internalBinding('tcp_wrap').socketSharing;

if (!isMainThread) {
  if (workerData.role === 'deaf') {
    // Has a port with messages, but does not read them.
    parentPort.postMessage('up');
    setInterval(() => {}, 1000);
    return;
  }
  parentPort.once('message', ({ bound, back }) => {
    assert.ok(bound instanceof net.BoundSocket);
    if (back) {
      parentPort.postMessage({ bound, local: bound.address() }, [bound]);
      assert.throws(() => bound.fd(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
      return;
    }
    const server = net.createServer((connection) => {
      connection.end('from the thread');
      server.close();
    });
    server.listen(bound, () => parentPort.postMessage(server.address()));
  });
  return;
}

tmpdir.refresh();
const gone = { code: 'ERR_SOCKET_HANDLE_ADOPTED' };
// If upstream transfers bound sockets too, the error is the one from upstream.
const unsendable = {
  code: '_TransferredBoundSocket' in net ?
    'ERR_WORKER_HANDLE_NOT_TRANSFERABLE' : 'ERR_SOCKET_HANDLE_ADOPTED',
};
const tcp = (options) =>
  new net.BoundSocket({ host: '127.0.0.1', exclusive: true, ...options });
const rebind = ({ address: host, port }) => tcp({ host, port });
const count = () => common.isLinux && fs.readdirSync('/proc/self/fd').length;
const start = (role) =>
  new Worker(__filename, { workerData: { role }, execArgv: ['--expose-internals'] });

function assertDetached(bound) {
  for (const method of ['address', 'fd', 'close', 'clone'])
    assert.throws(() => bound[method](), gone);
  assert.throws(() => net.createServer().listen(bound), gone);
}

function assertFree(local) {
  if (typeof local === 'string')
    return assert.ok(!fs.existsSync(local));
  rebind(local).close();
}

let number = 0;
const kinds = {
  'tcp': () => tcp(),
  'ordinary': () => tcp({ exclusive: false }),
  'shared': () => tcp({ shared: true }),
  'clone': () => {
    const bound = tcp();
    const clone = bound.clone();
    bound.close();
    return clone;
  },
};
if (common.hasIPv6)
  kinds.six = () => tcp({ host: '::1' });
if (!common.isWindows) {
  kinds.path = () => new net.BoundSocket({ path: path.join(tmpdir.path, `s${number++}`) });
}

async function serve(make) {
  const bound = make();
  const local = bound.address();
  const worker = start('server');
  worker.postMessage({ bound }, [bound]);
  assertDetached(bound);
  const exited = once(worker, 'exit');
  const [address] = await once(worker, 'message');
  assert.deepStrictEqual(address, local);
  let text = '';
  const target = typeof local === 'string' ?
    { path: local } : { host: local.address, port: local.port };
  for await (const chunk of net.connect(target).setEncoding('utf8'))
    text += chunk;
  assert.strictEqual(text, 'from the thread');
  await exited;
  if (typeof local === 'string')
    assertFree(local);
}

async function thereAndBack(make) {
  const bound = make();
  const worker = start('server');
  worker.postMessage({ bound, back: true }, [bound]);
  const exited = once(worker, 'exit');
  const [message] = await once(worker, 'message');
  assert.ok(message.bound instanceof net.BoundSocket);
  assert.deepStrictEqual(message.bound.address(), message.local);
  await exited;
  const server = net.createServer().listen(message.bound);
  await once(server, 'listening');
  assert.deepStrictEqual(server.address(), message.local);
  await once(server.close(), 'close');
  assertFree(message.local);
}

// In each case nobody receives the bound socket, and it is closed by the end.
const ends = {
  'the port is closed before it arrives': (bound) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(bound, [bound]);
    port2.close();
    port1.close();
    return once(port1, 'close');
  },
  'the port is closed already': (bound) => {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    return once(port1, 'close').then(() => port1.postMessage(bound, [bound]));
  },
  'it is in the list alone': (bound) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage('nothing', [bound]);
    assert.strictEqual(receiveMessageOnPort(port2).message, 'nothing');
    port1.close();
    return once(port1, 'close');
  },
  'the thread ends with it': async (bound) => {
    const worker = start('deaf');
    await once(worker, 'message');
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(port2, [port2]);
    port1.postMessage(bound, [bound]);
    worker.postMessage(0);
    await worker.terminate();
  },
  'it arrives and is closed': (bound) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(bound, [bound]);
    const { message } = receiveMessageOnPort(port2);
    message.close();
    port1.close();
    return once(port1, 'close');
  },
};

// If sending is refused, the bound socket stays unchanged.
function refusals(make) {
  const { port1, port2 } = new MessageChannel();
  const bound = make();
  const local = bound.address();
  const clone = { name: /^(DataCloneError|TypeError)$/ };
  assert.throws(() => port1.postMessage(bound, [bound, bound]), clone);
  assert.throws(() => port1.postMessage(bound), clone);
  assert.throws(() => port1.postMessage({ bound, f() {} }, [bound]), clone);
  // A getter may use it, but not give it away.
  const other = make();
  const { port1: closing } = new MessageChannel();
  assert.throws(() => closing.postMessage({
    get x() {
      other.close();
      return other;
    },
  }, [other]), gone);
  closing.close();
  assert.deepStrictEqual(bound.address(), local);
  if (typeof local === 'string')
    assert.ok(fs.existsSync(local));
  else
    assert.throws(() => rebind(local), { code: 'EADDRINUSE' });
  bound.close();
  assert.throws(() => port1.postMessage(bound, [bound]), unsendable);
  port1.close();
  port2.close();
  assertFree(local);
}

// Something else in the list cannot be transferred, which shows when the bound
// sockets have been asked already. The sender keeps them.
async function refusedForAnother(make) {
  const { port1, port2 } = new MessageChannel();
  const file = await fs.promises.open(__filename);
  const reading = file.read(Buffer.alloc(10), 0, 10, 0);
  const list = [make(), make()];
  const locals = list.map((bound) => bound.address());
  for (const transfer of [[...list, file], [file, ...list], [list[0], file, list[1]]]) {
    assert.throws(() => port1.postMessage(transfer, transfer), { name: 'DataCloneError' });
    assert.deepStrictEqual(list.map((bound) => bound.address()), locals);
  }
  await reading;
  await file.close();
  const [first, second] = list;
  // It can be closed, or sent after all.
  first.close();
  assertFree(locals[0]);
  const message = {
    get port() {
      return second.address().port;
    },
    second,
  };
  port1.postMessage(message, [second]);
  assertDetached(second);
  const received = receiveMessageOnPort(port2).message;
  assert.deepStrictEqual(received.second.address(), locals[1]);
  assert.strictEqual(received.port, locals[1].port);
  received.second.close();
  assertFree(locals[1]);
  port1.close();
}

// GC closes no bound socket that a program has received, like one that it has
// made.
async function collected(make) {
  const { port1, port2 } = new MessageChannel();
  const receive = (bound) => {
    port1.postMessage(bound, [bound]);
    return receiveMessageOnPort(port2).message;
  };
  const uses = {
    made: (bound) => bound.address(),
    received: (bound) => receive(bound).address(),
    twice: (bound) => receive(receive(bound)).address(),
    descriptor: (bound) => {
      const { address, fd } = { address: bound.address(), fd: receive(bound).fd() };
      assert.ok(common.isWindows || fs.fstatSync(fd).isSocket());
      return address;
    },
  };
  for (const [name, use] of Object.entries(uses)) {
    const local = use(make());
    for (let tries = 0; tries < 3; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      globalThis.gc();
    }
    assert.throws(() => rebind(local), { code: 'EADDRINUSE' }, name);
  }
  port1.close();
}

// Ports without listeners do not keep the process alive.
const alive = setInterval(() => {}, 1000);

(async () => {
  for (const make of Object.values(kinds)) {
    refusals(make);
    await refusedForAnother(make);
    await serve(make);
    await thereAndBack(make);
    assert.strictEqual(countGroups(), 0);
  }
  for (const [end, act] of Object.entries(ends)) {
    for (const make of Object.values(kinds)) {
      const bound = make();
      const local = bound.address();
      await act(bound);
      assertDetached(bound);
      // A message may be freed a little later than its port.
      for (let tries = 0; ; tries++) {
        globalThis.gc();
        try {
          assertFree(local);
          break;
        } catch (err) {
          assert.ok(tries < 100, `${end}: ${err.stack}`);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
      assert.strictEqual(countGroups(), 0, end);
    }
  }
  // Transfer many of them in a single message within this thread.
  const before = count();
  const { port1, port2 } = new MessageChannel();
  const list = Array.from({ length: 50 }, () => tcp());
  const ports = list.map((bound) => bound.address().port);
  port1.postMessage(list, list);
  const { message } = receiveMessageOnPort(port2);
  assert.deepStrictEqual(message.map((bound) => bound.address().port), ports);
  for (const bound of message)
    bound.close();
  port1.close();
  await once(port1, 'close');
  assert.ok(count() <= before, `${before} to ${count()}`);
  await collected(kinds.tcp);
  clearInterval(alive);
})().then(common.mustCall());
