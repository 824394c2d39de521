// Flags: --expose-internals
'use strict';

// Some options read a request from the buffer: IP_MSFILTER takes a group and a
// count of addresses from it, and writes that many addresses, regardless of the
// length. The contents of the view must not reach the system.

const common = require('../common');
if (!common.isLinux)
  common.skip('the structs are those of Linux');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const { kStateSymbol } = require('internal/dgram');

const IP_MSFILTER = 41;
const group = [239, 255, 0, 1];
const loopback = [127, 0, 0, 1];

const socket = dgram.createSocket('udp4');
socket.bind(0, '127.0.0.1', common.mustCall(() => {
  try {
    socket.addSourceSpecificMembership(
      '127.0.0.1', group.join('.'), loopback.join('.'));
  } catch (err) {
    socket.close();
    common.printSkipMessage(`no membership on the loopback interface: ${err.code}`);
    return;
  }
  // A struct ip_msfilter: group, interface, mode and number of sources.
  const memory = new Uint8Array(64).fill(0xee);
  const view = memory.subarray(0, 16);
  view.set([...group, ...loopback]);
  new Int32Array(memory.buffer, 8, 2).set([0, 8]);
  const before = [...memory];

  const { handle } = socket[kStateSymbol];
  const result = handle.getSocketOptionBytes(net.constants.IPPROTO_IP, IP_MSFILTER, view, view.length);
  assert.ok(result > 2 ** 31 - 1, `the system took a request: ${result}`);
  assert.deepStrictEqual([...memory], before);
  assert.throws(() => socket.getsockopt(net.constants.IPPROTO_IP, IP_MSFILTER, 16),
                { syscall: 'getsockopt' });
  socket.close();
}));
