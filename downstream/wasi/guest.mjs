// The cases of `make downstream` for wasi:sockets, to be compiled to a component.
// They are written from the text of the interface.

import { subscribeDuration } from 'wasi:clocks/monotonic-clock@0.2.12';
import { poll } from 'wasi:io/poll@0.2.12';
import { instanceNetwork } from 'wasi:sockets/instance-network@0.2.12';
import { resolveAddresses } from 'wasi:sockets/ip-name-lookup@0.2.12';
import { createTcpSocket } from 'wasi:sockets/tcp-create-socket@0.2.12';
import { createUdpSocket } from 'wasi:sockets/udp-create-socket@0.2.12';

// componentize-js forgets the class of a resource that has no methods. Its code
// runs with another global object than this file.
const define = instanceNetwork.constructor;
define('globalThis.import_network_0_2_12$Network ??= class Network {}')();

const SECOND = 1_000_000_000n;
const network = () => instanceNetwork();

const ipv4 = (port, address = [127, 0, 0, 1]) => ({ tag: 'ipv4', val: { port, address } });
const ipv6 = (port, address = [0, 0, 0, 0, 0, 0, 0, 1]) =>
  ({ tag: 'ipv6', val: { port, flowInfo: 0, address, scopeId: 0 } });
const LOOPBACK = { ipv4, ipv6 };

const shown = (value) => JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each));

function equal(actual, ...expected) {
  if (expected.some((each) => shown(each) === shown(actual))) return;
  throw new Error(`${shown(actual)} is not ${expected.map(shown).join(' or ')}`);
}

function truth(value, what) {
  if (!value) throw new Error(what);
}

const codeOf = (error) => error?.payload ?? error;

/** Calls a function that must fail with one of these codes. */
function fails(call, ...codes) {
  const outcome = { code: 'success' };
  try {
    call();
  } catch (error) {
    outcome.code = codeOf(error);
  }
  equal(outcome.code, ...codes);
}

function drop(resource) {
  resource[Symbol.dispose ?? Symbol.for('dispose')]();
}

function block(pollable) {
  pollable.block();
  drop(pollable);
}

/** Calls until it would no longer block. */
function wait(socket, call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (codeOf(error) !== 'would-block') throw error;
    }
    block(socket.subscribe());
  }
}

function bind(socket, address) {
  socket.startBind(network(), address);
  wait(socket, () => socket.finishBind());
  return socket;
}

function listen(socket) {
  socket.startListen();
  wait(socket, () => socket.finishListen());
  return socket;
}

function connect(socket, address) {
  socket.startConnect(network(), address);
  return wait(socket, () => socket.finishConnect());
}

const boundTcp = (family = 'ipv4') => bind(createTcpSocket(family), LOOPBACK[family](0));
const boundUdp = (family = 'ipv4') => bind(createUdpSocket(family), LOOPBACK[family](0));

const accept = (server) => wait(server, () => server.accept());

/** A server, and the two ends of a connection to it. */
function pair(family = 'ipv4', socket = createTcpSocket(family), server = boundTcp(family)) {
  listen(server);
  const [input, output] = connect(socket, server.localAddress());
  const [peer, peerInput, peerOutput] = accept(server);
  return { server, socket, input, output, peer, peerInput, peerOutput };
}

/** Reads until there are that many bytes, or until the end. */
function read(input, length = Infinity) {
  const bytes = [];
  try {
    while (bytes.length < length) bytes.push(...input.blockingRead(65_536n));
  } catch (error) {
    if (codeOf(error).tag !== 'closed' || length !== Infinity) throw error;
  }
  return bytes;
}

const bytesOf = (text) => Uint8Array.from(text, (each) => each.charCodeAt(0));
const textOf = (bytes) => String.fromCharCode(...bytes);

function isClosed(call) {
  try {
    call();
  } catch (error) {
    return codeOf(error).tag === 'closed';
  }
  return false;
}

/** Sets an option on a connection, and reads what has become of it. */
function onConnection(set, get, value, expected = [value]) {
  const { socket } = pair();
  set(socket, value);
  equal(get(socket), ...expected);
}

/** Datagrams that arrive, at least one. */
function receive(incoming) {
  block(incoming.subscribe());
  const datagrams = incoming.receive(16n);
  return datagrams.map(({ data }) => textOf(data)).join();
}

function send(outgoing, text, remoteAddress) {
  block(outgoing.subscribe());
  truth(outgoing.checkSend() > 0n, 'no datagram may be sent');
  return outgoing.send([{ data: bytesOf(text), remoteAddress }]);
}

function resolve(name) {
  const stream = resolveAddresses(network(), name);
  const addresses = [];
  for (;;) {
    const address = wait(stream, () => stream.resolveNextAddress());
    if (address === undefined) return addresses;
    addresses.push(address);
  }
}

const MAPPED = ipv6(0, [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1]);

const cases = {
  'TCP create'() {
    for (const family of ['ipv4', 'ipv6']) {
      const socket = createTcpSocket(family);
      equal(socket.addressFamily(), family);
      equal(socket.isListening(), false);
      fails(() => socket.localAddress(), 'invalid-state');
      fails(() => socket.remoteAddress(), 'invalid-state');
      fails(() => socket.finishBind(), 'not-in-progress');
      fails(() => socket.finishListen(), 'not-in-progress');
      fails(() => socket.finishConnect(), 'not-in-progress');
      fails(() => socket.startListen(), 'invalid-state');
      fails(() => socket.shutdown('both'), 'invalid-state');
    }
  },

  'TCP bind'() {
    const socket = boundTcp();
    const address = socket.localAddress();
    equal(address.val.address, [127, 0, 0, 1]);
    truth(address.val.port > 0, 'it has no port');
    equal(socket.isListening(), false);
    fails(() => connect(createTcpSocket('ipv4'), address), 'connection-refused');
  },

  'TCP bind, IPv6 only'() {
    const six = bind(createTcpSocket('ipv6'), ipv6(0, [0, 0, 0, 0, 0, 0, 0, 0]));
    bind(createTcpSocket('ipv4'), ipv4(six.localAddress().val.port, [0, 0, 0, 0]));
  },

  'TCP bind, in use'() {
    const server = listen(boundTcp());
    fails(() => bind(createTcpSocket('ipv4'), server.localAddress()), 'address-in-use');
  },

  'TCP bind, after a connection'() {
    const { server, socket, input, peer } = pair();
    const address = server.localAddress();
    peer.shutdown('both');
    read(input);
    socket.shutdown('both');
    [server, peer, socket].forEach(drop);
    listen(bind(createTcpSocket('ipv4'), address));
  },

  'TCP bind, errors'() {
    fails(() => bind(createTcpSocket('ipv4'), ipv6(0)), 'invalid-argument');
    fails(() => bind(createTcpSocket('ipv6'), ipv4(0)), 'invalid-argument');
    fails(() => bind(createTcpSocket('ipv6'), MAPPED), 'invalid-argument');
    fails(() => bind(createTcpSocket('ipv4'), ipv4(0, [224, 0, 0, 1])), 'invalid-argument');
    fails(() => bind(createTcpSocket('ipv4'), ipv4(0, [192, 0, 2, 1])), 'address-not-bindable');
    const socket = boundTcp();
    fails(() => bind(socket, ipv4(0)), 'invalid-state');
  },

  'TCP listen'() {
    const server = listen(boundTcp());
    equal(server.isListening(), true);
    fails(() => server.startListen(), 'invalid-state');
    fails(() => server.startConnect(network(), ipv4(1)), 'invalid-state');
    fails(() => server.accept(), 'would-block');
  },

  'TCP backlog'() {
    const server = boundTcp();
    fails(() => server.setListenBacklogSize(0n), 'invalid-argument');
    server.setListenBacklogSize(7n);
    listen(server);
  },

  'TCP accept'() {
    const server = listen(boundTcp());
    const pollable = server.subscribe();
    equal(pollable.ready(), false);
    const socket = createTcpSocket('ipv4');
    connect(socket, server.localAddress());
    block(pollable);
    const [peer] = server.accept();
    equal(peer.addressFamily(), 'ipv4');
    equal(peer.isListening(), false);
    equal(peer.localAddress(), server.localAddress());
    equal(peer.remoteAddress(), socket.localAddress());
    fails(() => server.accept(), 'would-block');
  },

  'TCP connect'() {
    const server = listen(boundTcp());
    const socket = createTcpSocket('ipv4');
    connect(socket, server.localAddress());
    equal(socket.remoteAddress(), server.localAddress());
    fails(() => connect(socket, server.localAddress()), 'invalid-state');
    fails(() => bind(socket, ipv4(0)), 'invalid-state');
    fails(() => socket.startListen(), 'invalid-state');
  },

  'TCP connect, from a bound port'() {
    const client = boundTcp();
    const address = client.localAddress();
    const { peer } = pair('ipv4', client);
    equal(client.localAddress(), address);
    equal(peer.remoteAddress(), address);
  },

  'TCP connect, errors'() {
    const free = boundTcp();
    const connecting = (family, address) => fails(() => connect(createTcpSocket(family), address), 'invalid-argument');
    connecting('ipv4', ipv6(1));
    connecting('ipv4', ipv4(0));
    connecting('ipv4', ipv4(1, [0, 0, 0, 0]));
    connecting('ipv4', ipv4(1, [224, 0, 0, 1]));
    connecting('ipv6', ipv6(1, [0, 0, 0, 0, 0, 0, 0, 0]));
    connecting('ipv6', { ...MAPPED, val: { ...MAPPED.val, port: 1 } });
    const socket = createTcpSocket('ipv4');
    fails(() => connect(socket, free.localAddress()), 'connection-refused');
    fails(() => socket.finishConnect(), 'not-in-progress');
    fails(() => connect(socket, free.localAddress()), 'invalid-state');
  },

  'TCP addresses, IPv6'() {
    const { server, socket, peer } = pair('ipv6');
    equal(socket.remoteAddress(), server.localAddress());
    equal(peer.remoteAddress(), socket.localAddress());
    equal(peer.localAddress().val.address, [0, 0, 0, 0, 0, 0, 0, 1]);
  },

  'TCP streams'() {
    const { output, input, peerInput, peerOutput, peer } = pair();
    output.blockingWriteAndFlush(bytesOf('there'));
    equal(textOf(read(peerInput, 5)), 'there');
    equal([...input.read(10n)], []);
    peerOutput.blockingWriteAndFlush(bytesOf('back'));
    equal(textOf(read(input, 4)), 'back');
    peer.shutdown('send');
    equal(read(input), []);
    truth(isClosed(() => input.read(1n)), 'it is not closed');
  },

  'TCP streams, a million bytes'() {
    const { output, peerInput, socket } = pair();
    let left = 1_000_000;
    let read = 0;
    for (;;) {
      const permit = left > 0 ? Number(output.checkWrite()) : 0;
      if (permit > 0) {
        const length = Math.min(permit, left);
        output.write(new Uint8Array(length));
        left -= length;
        if (left === 0) socket.shutdown('send');
      }
      try {
        read += peerInput.read(65_536n).length;
      } catch (error) {
        equal(codeOf(error).tag, 'closed');
        break;
      }
      poll([peerInput.subscribe(), ...left > 0 ? [output.subscribe()] : []]);
    }
    equal(read, 1_000_000);
  },

  'TCP shutdown, send'() {
    const { socket, output, input, peerInput, peerOutput } = pair();
    socket.shutdown('send');
    equal(read(peerInput), []);
    truth(isClosed(() => output.checkWrite()), 'the output is not closed');
    peerOutput.blockingWriteAndFlush(bytesOf('late'));
    equal(textOf(read(input, 4)), 'late');
  },

  'TCP shutdown, receive'() {
    const { socket, output, input, peerInput } = pair();
    socket.shutdown('receive');
    truth(isClosed(() => input.blockingRead(1n)), 'the input is not closed');
    output.blockingWriteAndFlush(bytesOf('still'));
    equal(textOf(read(peerInput, 5)), 'still');
  },

  'keep-alive'() {
    onConnection((socket, value) => socket.setKeepAliveEnabled(value), (socket) => socket.keepAliveEnabled(), true);
  },

  'keep-alive, idle time'() {
    onConnection((socket, value) => socket.setKeepAliveIdleTime(value), (socket) => socket.keepAliveIdleTime(),
                 61n * SECOND);
  },

  'keep-alive, interval'() {
    onConnection((socket, value) => socket.setKeepAliveInterval(value), (socket) => socket.keepAliveInterval(),
                 62n * SECOND);
  },

  'keep-alive, count'() {
    onConnection((socket, value) => socket.setKeepAliveCount(value), (socket) => socket.keepAliveCount(), 6);
  },

  'keep-alive, values'() {
    const { socket } = pair();
    fails(() => socket.setKeepAliveIdleTime(0n), 'invalid-argument');
    fails(() => socket.setKeepAliveInterval(0n), 'invalid-argument');
    fails(() => socket.setKeepAliveCount(0), 'invalid-argument');
    socket.setKeepAliveIdleTime(1n);
    equal(socket.keepAliveIdleTime(), SECOND, 1n);
    socket.setKeepAliveInterval(2n ** 64n - 1n);
    truth(socket.keepAliveInterval() > SECOND, 'the interval is short');
    socket.setKeepAliveCount(0xffff_ffff);
    truth(socket.keepAliveCount() > 1, 'the count is small');
  },

  'hop limit'() {
    onConnection((socket, value) => socket.setHopLimit(value), (socket) => socket.hopLimit(), 42);
    fails(() => createTcpSocket('ipv4').setHopLimit(0), 'invalid-argument');
  },

  'hop limit, IPv6'() {
    const { socket } = pair('ipv6');
    socket.setHopLimit(43);
    equal(socket.hopLimit(), 43);
  },

  'receive buffer'() {
    onConnection((socket, value) => socket.setReceiveBufferSize(value), (socket) => socket.receiveBufferSize(),
                 0x1_0000n, [0x1_0000n, 0x2_0000n]);
    fails(() => createTcpSocket('ipv4').setReceiveBufferSize(0n), 'invalid-argument');
  },

  'send buffer'() {
    onConnection((socket, value) => socket.setSendBufferSize(value), (socket) => socket.sendBufferSize(),
                 0x1_2000n, [0x1_2000n, 0x2_4000n]);
    fails(() => createTcpSocket('ipv4').setSendBufferSize(0n), 'invalid-argument');
  },

  'options before connecting'() {
    const socket = createTcpSocket('ipv4');
    socket.setHopLimit(44);
    socket.setKeepAliveInterval(63n * SECOND);
    socket.setReceiveBufferSize(0x1_4000n);
    pair('ipv4', socket);
    equal(socket.hopLimit(), 44);
    equal(socket.keepAliveInterval(), 63n * SECOND);
    equal(socket.receiveBufferSize(), 0x1_4000n, 0x2_8000n);
  },

  'options of accepted sockets'() {
    const server = boundTcp();
    server.setHopLimit(45);
    server.setKeepAliveEnabled(true);
    server.setKeepAliveCount(5);
    server.setReceiveBufferSize(0x1_6000n);
    const { peer } = pair('ipv4', undefined, server);
    equal(peer.hopLimit(), 45);
    equal(peer.keepAliveEnabled(), true);
    equal(peer.keepAliveCount(), 5);
    equal(peer.receiveBufferSize(), 0x1_6000n, 0x2_c000n);
  },

  'UDP bind'() {
    const unbound = createUdpSocket('ipv4');
    equal(unbound.addressFamily(), 'ipv4');
    fails(() => unbound.localAddress(), 'invalid-state');
    fails(() => unbound.stream(undefined), 'invalid-state');
    fails(() => unbound.finishBind(), 'not-in-progress');
    const socket = boundUdp();
    truth(socket.localAddress().val.port > 0, 'it has no port');
    fails(() => bind(createUdpSocket('ipv4'), socket.localAddress()), 'address-in-use');
    fails(() => bind(createUdpSocket('ipv4'), ipv6(0)), 'invalid-argument');
    fails(() => bind(createUdpSocket('ipv4'), ipv4(0, [192, 0, 2, 1])), 'address-not-bindable');
    fails(() => bind(socket, ipv4(0)), 'invalid-state');
    fails(() => socket.remoteAddress(), 'invalid-state');
  },

  'UDP stream'() {
    for (const family of ['ipv4', 'ipv6']) {
      const [one, other] = [boundUdp(family), boundUdp(family)];
      const [incoming] = one.stream(undefined);
      const [, outgoing] = other.stream(undefined);
      equal(incoming.receive(1n), []);
      equal(send(outgoing, 'hello', one.localAddress()), 1n);
      block(incoming.subscribe());
      const [{ data, remoteAddress }] = incoming.receive(16n);
      equal(textOf(data), 'hello');
      equal(remoteAddress, other.localAddress());
    }
  },

  'UDP stream, connected'() {
    const [one, other, third] = [boundUdp(), boundUdp(), boundUdp()];
    const [incoming, outgoing] = one.stream(other.localAddress());
    equal(one.remoteAddress(), other.localAddress());
    const [otherIn, otherOut] = other.stream(one.localAddress());
    send(outgoing, 'there', undefined);
    equal(receive(otherIn), 'there');
    const [, thirdOut] = third.stream(undefined);
    send(thirdOut, 'stranger', one.localAddress());
    send(otherOut, 'back', undefined);
    equal(receive(incoming), 'back');
    fails(() => send(outgoing, 'elsewhere', third.localAddress()), 'invalid-argument');
  },

  'UDP stream, disconnected'() {
    // Linux takes the port that it has chosen away from a socket that is
    // disconnected.
    const free = boundUdp();
    const address = free.localAddress();
    drop(free);
    const [one, other] = [bind(createUdpSocket('ipv4'), address), boundUdp()];
    one.stream(other.localAddress()).forEach(drop);
    const [incoming] = one.stream(undefined);
    fails(() => one.remoteAddress(), 'invalid-state');
    const [, outgoing] = boundUdp().stream(undefined);
    send(outgoing, 'anyone', one.localAddress());
    equal(receive(incoming), 'anyone');
  },

  'UDP hop limit'() {
    const socket = boundUdp();
    fails(() => socket.setUnicastHopLimit(0), 'invalid-argument');
    socket.setUnicastHopLimit(46);
    equal(socket.unicastHopLimit(), 46);
  },

  'UDP receive buffer'() {
    const socket = boundUdp();
    socket.setReceiveBufferSize(0x1_8000n);
    equal(socket.receiveBufferSize(), 0x1_8000n, 0x3_0000n);
  },

  'UDP send buffer'() {
    const socket = boundUdp();
    socket.setSendBufferSize(0x1_a000n);
    equal(socket.sendBufferSize(), 0x1_a000n, 0x3_4000n);
  },

  'UDP options before binding'() {
    const socket = createUdpSocket('ipv4');
    socket.setUnicastHopLimit(47);
    socket.setReceiveBufferSize(0x1_c000n);
    bind(socket, ipv4(0));
    equal(socket.unicastHopLimit(), 47);
    equal(socket.receiveBufferSize(), 0x1_c000n, 0x3_8000n);
  },

  'UDP errors'() {
    const socket = boundUdp();
    const [, outgoing] = socket.stream(undefined);
    fails(() => send(outgoing, 'x', undefined), 'invalid-argument');
    fails(() => send(outgoing, 'x', ipv4(0)), 'invalid-argument');
    fails(() => send(outgoing, 'x', ipv6(1)), 'invalid-argument');
    fails(() => send(outgoing, 'x'.repeat(70_000), ipv4(9)), 'datagram-too-large');
    fails(() => socket.stream(ipv4(0)), 'invalid-argument');
    fails(() => socket.stream(ipv6(1)), 'invalid-argument');
  },

  'names'() {
    truth(resolve('localhost').some(({ val }) => val[0] === 127 || val[7] === 1), 'localhost is elsewhere');
    equal(resolve('127.0.0.1'), [{ tag: 'ipv4', val: [127, 0, 0, 1] }]);
    equal(resolve('::1'), [{ tag: 'ipv6', val: [0, 0, 0, 0, 0, 0, 0, 1] }]);
  },

  'names, errors'() {
    fails(() => resolve('a b'), 'invalid-argument');
    fails(() => resolve(''), 'invalid-argument');
    fails(() => resolve('nothing.invalid'), 'name-unresolvable', 'temporary-resolver-failure');
  },

  'poll'() {
    const server = listen(boundTcp());
    const timer = subscribeDuration(SECOND / 50n);
    equal([...poll([server.subscribe(), timer])], [1]);
    connect(createTcpSocket('ipv4'), server.localAddress());
    truth([...poll([server.subscribe(), subscribeDuration(30n * SECOND)])].includes(0), 'it is not ready');
  },

  'denied'() {
    fails(() => bind(createTcpSocket('ipv4'), ipv4(0)), 'access-denied');
    fails(() => connect(createTcpSocket('ipv4'), ipv4(9)), 'access-denied');
    fails(() => bind(createUdpSocket('ipv4'), ipv4(0)), 'access-denied');
    fails(() => resolve('localhost'), 'access-denied');
  },
};

export function run(name) {
  try {
    cases[name]();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : shown(codeOf(error));
  }
}
