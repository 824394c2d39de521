'use strict';

// Joins and leaves multicast groups using net.structs, on the loopback
// interface.

const common = require('../common');
const assert = require('assert');
const dgram = require('dgram');
const { once } = require('events');
const net = require('net');

const { constants, structs } = net;
const { IPPROTO_IP, IPPROTO_IPV6 } = constants;
const { IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_MULTICAST_IF } = constants;
const { IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP } = constants;
const { ip_mreq, ip_mreqn, ipv6_mreq } = structs;

const localhost = '127.0.0.1';
// The index of the loopback interface in every network namespace on Linux.
const LINUX_LOOPBACK = 1;

const refused = (codes) => (err) => {
  assert.strictEqual(err.syscall, 'setsockopt');
  assert.ok(codes.includes(err.code), err.code);
  return true;
};

async function open(type, address) {
  const socket = dgram.createSocket(type);
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

function send(socket, message, port, address) {
  return new Promise((resolve, reject) => {
    socket.send(message, port, address, (err) => (err ? reject(err) : resolve()));
  });
}

// Checks that a socket receives only while it is a member of the group.
async function receive(group, membership, via) {
  // A socket bound to a specific address would not receive multicast datagrams.
  const receiver = await open('udp4', '0.0.0.0');
  const sender = await open('udp4', localhost);
  const { port } = receiver.address();
  // By default, Linux delivers groups joined by one socket to all sockets.
  if (constants.IP_MULTICAST_ALL !== undefined)
    receiver.setsockopt(IPPROTO_IP, constants.IP_MULTICAST_ALL, false);
  if (via === undefined)
    sender.setMulticastInterface(localhost);
  else
    sender.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, via);

  const received = [];
  receiver.on('message', (message) => {
    received.push(`${message}`);
    if (`${message}` === 'end')
      receiver.emit('ended');
  });
  const ended = once(receiver, 'ended');

  await send(sender, 'before', port, group);
  receiver.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
  assert.throws(() => receiver.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership),
                refused(['EADDRINUSE', 'EINVAL']));
  await send(sender, 'joined', port, group);
  receiver.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, membership);
  assert.throws(() => receiver.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, membership),
                refused(['EADDRNOTAVAIL', 'EINVAL']));
  await send(sender, 'left', port, group);
  await send(sender, 'end', port, localhost);
  await ended;
  assert.deepStrictEqual(received, ['joined', 'end']);

  // The methods of Node.js treat it as the same membership.
  receiver.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
  receiver.dropMembership(group, localhost);
  receiver.addMembership(group, localhost);
  receiver.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, membership);
  receiver.close();
  sender.close();
}

async function joinIPv6(multiaddr, index, name) {
  const socket = await open('udp6', '::1');
  const membership = ipv6_mreq.encode({ multiaddr, interface: index });
  const elsewhere = ipv6_mreq.encode({ multiaddr, interface: 0x7fffffff });
  const other = ipv6_mreq.encode({ multiaddr: 'ff02::7:8', interface: index });
  assert.throws(() => socket.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, elsewhere),
                refused(['ENODEV', 'ENXIO']));
  socket.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, membership);
  assert.throws(() => socket.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, membership),
                refused(['EADDRINUSE']));
  assert.throws(() => socket.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, other),
                refused(['EADDRNOTAVAIL']));
  socket.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, membership);
  assert.throws(() => socket.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, membership),
                refused(['EADDRNOTAVAIL']));

  socket.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, membership);
  socket.dropMembership(multiaddr, `::%${name}`);
  socket.addMembership(multiaddr, `::%${name}`);
  socket.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, membership);
  socket.close();
}

async function main() {
  await receive('239.255.7.1', ip_mreq.encode({ multiaddr: '239.255.7.1', interface: localhost }));
  if (ip_mreqn !== undefined) {
    const multiaddr = '239.255.7.2';
    await receive(multiaddr, ip_mreqn.encode({ multiaddr, address: localhost, ifindex: 0 }));
  }
  if (!common.isLinux)
    return;

  // Using only the index, including the interface that the sender uses.
  const multiaddr = '239.255.7.3';
  const ifindex = LINUX_LOOPBACK;
  const address = '0.0.0.0';
  await receive(multiaddr,
                ip_mreqn.encode({ multiaddr, address, ifindex }),
                ip_mreqn.encode({ multiaddr: '0.0.0.0', address, ifindex }));
  const socket = await open('udp4', localhost);
  const elsewhere = ip_mreqn.encode({ multiaddr, address, ifindex: 0x7fffffff });
  assert.throws(() => socket.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, elsewhere),
                refused(['ENODEV']));
  socket.close();

  if (common.hasIPv6)
    await joinIPv6('ff02::7:7', LINUX_LOOPBACK, 'lo');
}

main().then(common.mustCall());
