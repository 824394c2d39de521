'use strict';

// Options whose value contains pointers never reach the kernel.

const common = require('../common');
if (!common.isLinux)
  common.skip('the numbers are those of Linux');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');
const tmpdir = require('../common/tmpdir');

const { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET } = net.constants;

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
  [132, 111, 'SCTP_SOCKOPT_CONNECTX3'],
  [263, 22, 'PACKET_FANOUT_DATA'],
  [284, 4, 'MPTCP_FULL_INFO'],
];

const error = {
  code: 'ERR_INVALID_ARG_VALUE',
  name: 'TypeError',
  message: /optname/,
};

function check(object) {
  for (const [level, optname, name] of refused) {
    for (const value of [0, 1, true, 'text', new Uint8Array(16),
                         Buffer.alloc(0), new BigInt64Array(2)]) {
      assert.throws(() => object.setsockopt(level, optname, value), error,
                    name);
    }
    for (const length of [undefined, 0, 4, 16, 64])
      assert.throws(() => object.getsockopt(level, optname, length), error,
                    name);
  }
}

// Adjacent numbers do reach the system: these are not refused.
function neighbours(object, level, ...optnames) {
  for (const optname of optnames) {
    try {
      object.getsockopt(level, optname, 16);
    } catch (err) {
      assert.strictEqual(err.syscall, 'getsockopt');
    }
  }
}

const bound = new net.BoundSocket({ host: '127.0.0.1' });
check(bound);
neighbours(bound, SOL_SOCKET, 25, 27, 50, 52, 35, 64, 96, 128);
neighbours(bound, IPPROTO_TCP, 34, 36, 26, 51, 64);
neighbours(bound, IPPROTO_IP, 26, 35, 51, 63, 95, 127);
neighbours(bound, IPPROTO_IPV6, 26, 35, 51, 63);
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
