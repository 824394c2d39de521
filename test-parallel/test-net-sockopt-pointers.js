'use strict';

// Options whose value contains pointers or descriptors never reach the kernel.
// Of options that Node.js does not know, it sets and reads values that are too
// short for pointers, and no others.

const common = require('../common');
if (!common.isLinux)
  common.skip('the numbers are those of Linux');

const assert = require('assert');
const dgram = require('dgram');
const fs = require('fs');
const net = require('net');
const tmpdir = require('../common/tmpdir');

const { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE,
        SO_LINGER, SO_RCVTIMEO, TCP_CONGESTION } = net.constants;
const SOL_SCTP = 132;
const SOL_PACKET = 263;
const SOL_TLS = 282;
const SOL_MPTCP = 284;

const refused = [
  [SOL_SOCKET, 26, 'SO_ATTACH_FILTER'],
  [SOL_SOCKET, 51, 'SO_ATTACH_REUSEPORT_CBPF'],
  [IPPROTO_TCP, 35, 'TCP_ZEROCOPY_RECEIVE'],
  [IPPROTO_IP, 64, 'IPT_SO_SET_REPLACE'],
  [IPPROTO_IP, 96, 'ARPT_SO_SET_REPLACE'],
  [IPPROTO_IP, 128, 'EBT_SO_SET_ENTRIES'],
  [IPPROTO_IP, 129, 'EBT_SO_SET_COUNTERS'],
  [IPPROTO_IP, 130, 'EBT_SO_GET_INIT_INFO'],
  [IPPROTO_IP, 131, 'EBT_SO_GET_INIT_ENTRIES'],
  [IPPROTO_IPV6, 64, 'IP6T_SO_SET_REPLACE'],
  [SOL_MPTCP, 4, 'MPTCP_FULL_INFO'],
  [SOL_SOCKET, 77, 'SO_PEERPIDFD'],
];

// These have structs as their values, or do not exist yet.
const unknown = [
  [SOL_SOCKET, 0x7ffe],
  [SOL_SOCKET, 80],
  [IPPROTO_TCP, 0x7ffe],
  [IPPROTO_TCP, -1],
  [IPPROTO_IP, 17],
  [IPPROTO_IP, 65],
  [IPPROTO_IP, 0x7ffe],
  [IPPROTO_IPV6, 35],
  [IPPROTO_IPV6, -1],
  [SOL_SCTP, 111],
  [SOL_PACKET, 22],
  [SOL_TLS, 5],
  [SOL_MPTCP, 2],
  [0x7ffe, 1],
  [-1, -1],
];

const error = {
  code: 'ERR_SOCKET_OPTION_REFUSED',
  name: 'TypeError',
};

function check(object) {
  const before = fs.readdirSync('/proc/self/fd').length;
  for (const [level, optname, name] of refused) {
    const message = new RegExp(`^The option in 'optname' \\(${optname}\\) is refused: its value holds `);
    for (const value of [0, 1, true, 'text', new Uint8Array(16),
                         Buffer.alloc(0), new BigInt64Array(2)]) {
      assert.throws(() => object.setsockopt(level, optname, value),
                    { ...error, message }, name);
    }
    for (const length of [undefined, 0, 4, 16, 64]) {
      assert.throws(() => object.getsockopt(level, optname, length),
                    { ...error, message }, name);
    }
  }
  assert.strictEqual(fs.readdirSync('/proc/self/fd').length, before);

  // A struct of a known option is known up to its length.
  const tooLong = [
    [SOL_SOCKET, SO_LINGER, 8], [SOL_SOCKET, SO_RCVTIMEO, 16], [IPPROTO_TCP, TCP_CONGESTION, 16],
  ].map(([level, optname, most]) => [level, optname, most + 1]);
  for (const [level, optname, length = 8] of [...unknown, ...tooLong]) {
    const message = new RegExp(`^The option in 'optname' \\(${optname}\\) is refused: no value of that length is known$`);
    for (const value of ['x'.repeat(length - 1), Buffer.alloc(length), new BigInt64Array(length)]) {
      assert.throws(() => object.setsockopt(level, optname, value),
                    { ...error, message }, `${level}, ${optname}`);
    }
  }
  for (const [level, optname] of unknown) {
    for (const value of [1, false, 'sixsix', new Uint8Array(7)]) {
      assert.throws(() => object.setsockopt(level, optname, value),
                    { syscall: 'setsockopt' }, `${level}, ${optname}`);
    }
    for (const length of [undefined, 0, 4, 7, 8, 64]) {
      assert.throws(() => object.getsockopt(level, optname, length),
                    { syscall: 'getsockopt' }, `${level}, ${optname}`);
    }
  }

  // An integer that net.constants does not name can be read with any length.
  const SO_BPF_EXTENSIONS = 48;
  const value = object.getsockopt(SOL_SOCKET, SO_BPF_EXTENSIONS);
  for (const length of [4, 7, 8, 64]) {
    const bytes = object.getsockopt(SOL_SOCKET, SO_BPF_EXTENSIONS, length);
    assert.deepStrictEqual([...new Int32Array(bytes.buffer, bytes.byteOffset, 1)], [value]);
    assert.strictEqual(bytes.length, 4);
  }
  // The system ignores what follows an integer, as in C.
  object.setsockopt(SOL_SOCKET, SO_KEEPALIVE, new Uint8Array([...new Uint8Array(16).fill(1)]));
}

const bound = new net.BoundSocket({ host: '127.0.0.1' });
check(bound);
// Numbers that have the same lower 32 bits are out of range.
assert.throws(() => bound.setsockopt(SOL_SOCKET, 2 ** 32 + 26, 1),
              { code: 'ERR_OUT_OF_RANGE' });
assert.throws(() => bound.setsockopt(2 ** 32 + SOL_SOCKET, 26, 1),
              { code: 'ERR_OUT_OF_RANGE' });
bound.close();

tmpdir.refresh();
const pipe = new net.BoundSocket({ path: common.PIPE });
check(pipe);
pipe.close();

const udp = dgram.createSocket('udp4');
udp.bind(0, '127.0.0.1', common.mustCall(() => {
  check(udp);
  udp.close();
}));

const server = net.createServer(common.mustCall((connection) => {
  check(connection);
  connection.end();
}));
server.listen(0, '127.0.0.1', common.mustCall(() => {
  check(server);
  const client = net.connect(server.address().port, '127.0.0.1');
  client.on('connect', common.mustCall(() => check(client)));
  client.on('close', common.mustCall(() => server.close()));
  client.resume();
}));
