'use strict';

// A server that is bound to all addresses of two networks answers each client
// from the address that it was asked at, and a client learns the MTU of a path.

const common = require('../common');
if (!common.isLinux)
  common.skip('Linux has network namespaces');

const assert = require('assert');
const { spawnSync } = require('child_process');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IP, IP_MTU_DISCOVER, IP_TOS } = net.constants;
const IP_PMTUDISC_DO = 2;
const port = 5353;

// The server's namespace has a network on each side, and forwards to a third one
// whose MTU is small.
const script = `
set -e
ready=
trap 'code=$?; kill $peer $server; [ "$ready" ] || code=77; exit $code' EXIT
exec 3>&2 2>/dev/null
ip link set lo up
unshare -n sleep 60 &
peer=$!
i=0
while [ "$(readlink /proc/$peer/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do
  sleep 0.1
  i=$((i + 1))
  [ $i -lt 50 ]
done
for n in 1 2; do
  ip link add s$n type veth peer name c$n netns $peer
  ip address add 10.$n.0.1/24 dev s$n
  ip -6 address add fd0$n::1/64 dev s$n nodad
  ip link set s$n up
  nsenter -t $peer -n ip address add 10.$n.0.2/24 dev c$n
  nsenter -t $peer -n ip -6 address add fd0$n::2/64 dev c$n nodad
  nsenter -t $peer -n ip link set c$n up
done
ip address add 10.1.0.77/24 dev s1
ip link add s3 mtu 1280 type veth peer name t3
ip address add 10.3.0.1/24 dev s3
ip link set s3 up
ip link set t3 up
echo 1 >/proc/sys/net/ipv4/ip_forward
nsenter -t $peer -n ip route add 10.3.0.0/24 via 10.1.0.1
ready=1
"$0" "$1" server 2>&3 &
server=$!
nsenter -t $peer -n "$0" "$1" client 2>&3
`;

if (process.argv[2] === 'server') {
  const socket = dgram.createSocket({ type: 'udp6', receiveInfo: true });
  socket.bindSync({ port });
  socket.on('message', (message, rinfo) => {
    // Another socket, since an answer comes from the address that it is bound to.
    const { address, localAddress, interfaceIndex, tos, ttl } = rinfo;
    const answer = dgram.createSocket('udp6');
    answer.bindSync({ address: localAddress });
    const text = JSON.stringify({ localAddress, interfaceIndex, tos, ttl });
    answer.send(text, rinfo.port, address, () => answer.close());
  });
} else if (process.argv[2] === 'client') {
  const interfaces = new Map();
  const ask = (type, to, tos, localAddress, network) => new Promise((resolve) => {
    const socket = dgram.createSocket({ type, receiveInfo: ['localAddress'] });
    socket.bindSync();
    if (type === 'udp4')
      socket.setsockopt(IPPROTO_IP, IP_TOS, tos);
    // The server may not be there yet.
    const timer = setInterval(() => socket.send('?', port, to), 100);
    socket.on('message', common.mustCallAtLeast((message, rinfo) => {
      clearInterval(timer);
      const seen = JSON.parse(message);
      assert.strictEqual(rinfo.address, to);
      assert.deepStrictEqual(
        { ...seen, interfaceIndex: 0 }, { localAddress, interfaceIndex: 0, tos, ttl: 64 });
      const known = interfaces.get(network) ?? seen.interfaceIndex;
      assert.strictEqual(seen.interfaceIndex, known);
      interfaces.set(network, known);
      socket.close(resolve);
    }, 1));
  });
  const refuse = () => new Promise((resolve) => {
    const socket = dgram.createSocket({ type: 'udp4', receiveInfo: ['errors'] });
    socket.bindSync();
    socket.setsockopt(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    socket.once('messageError', common.mustCall(({ code, address, port, offender, mtu }) => {
      assert.deepStrictEqual({ code, address, port, offender, mtu }, {
        code: 'EMSGSIZE', address: '10.3.0.9', port: 9, offender: '10.1.0.1', mtu: 1280,
      });
      // The system knows it from now on.
      socket.once('messageError', common.mustCall((error) => {
        assert.strictEqual(error.code, 'EMSGSIZE');
        assert.strictEqual(error.mtu, 1280);
        assert.strictEqual(error.offender, undefined);
        socket.close(resolve);
      }));
      socket.send(Buffer.alloc(1400), 9, '10.3.0.9');
    }));
    socket.send(Buffer.alloc(1400), 9, '10.3.0.9');
  });
  (async () => {
    await ask('udp4', '10.1.0.1', 1, '::ffff:10.1.0.1', 1);
    await ask('udp4', '10.1.0.77', 2, '::ffff:10.1.0.77', 1);
    await ask('udp4', '10.2.0.1', 3, '::ffff:10.2.0.1', 2);
    await ask('udp6', 'fd01::1', 0, 'fd01::1', 1);
    await ask('udp6', 'fd02::1', 0, 'fd02::1', 2);
    assert.notStrictEqual(interfaces.get(1), interfaces.get(2));
    await refuse();
  })().then(common.mustCall());
} else {
  const { status, stderr, error } = spawnSync(
    'unshare', ['-n', 'sh', '-c', script, process.execPath, __filename], { encoding: 'utf8' });
  if (error || status === 77 || stderr.startsWith('unshare:'))
    common.skip('needs network namespaces');
  assert.strictEqual(status, 0, stderr);
}
