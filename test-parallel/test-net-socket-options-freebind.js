'use strict';

// With IP_FREEBIND, a socket can be bound to an address that no interface has
// yet. Only bind(2) checks this option.

const common = require('../common');
if (!common.isLinux)
  common.skip('IP_FREEBIND is for Linux');

const assert = require('assert');
const dgram = require('dgram');
const net = require('net');

const { IPPROTO_IP, IPPROTO_IPV6, IPV6_FREEBIND, IP_FREEBIND } = net.constants;

// Addresses for documentation, which nobody has.
const addresses = {
  '192.0.2.1': { socketOptions: [[IPPROTO_IP, IP_FREEBIND, 1]] },
};
if (common.hasIPv6) {
  addresses['2001:db8::1'] = {
    socketOptions: [[IPPROTO_IPV6, IPV6_FREEBIND, 1]],
  };
}

for (const [host, free] of Object.entries(addresses)) {
  const missing = {
    code: 'EADDRNOTAVAIL',
    syscall: 'bind',
    address: host,
  };
  try {
    new net.BoundSocket({ host }).close();
    common.skip(`${host} can be bound here without the option`);
  } catch (err) {
    assert.strictEqual(err.code, missing.code);
  }

  // A BoundSocket, and a server that adopts it.
  {
    const bound = new net.BoundSocket({ host, ...free });
    assert.strictEqual(bound.address().address, host);
    const server = net.createServer();
    server.listen(bound, common.mustCall(() => {
      assert.strictEqual(server.address().address, host);
      server.close();
    }));
  }

  // Using listen().
  {
    const server = net.createServer();
    server.listen({ host, port: 0, ...free }, common.mustCall(() => {
      assert.strictEqual(server.address().address, host);
      server.close();
    }));
    net.createServer().listen({ host, port: 0 })
      .on('error', common.mustCall(({ code }) => {
        assert.strictEqual(code, missing.code);
      }));
  }

  // Connecting from such an address gets as far as connect(2). With IPv4, that
  // refuses to send from an address that does not exist.
  if (net.isIPv4(host)) {
    const server = net.createServer(common.mustNotCall());
    server.listen(0, '127.0.0.1', common.mustCall(() => {
      const options = {
        host: '127.0.0.1',
        port: server.address().port,
        localAddress: host,
      };
      net.connect(options).on('error', common.mustCall((err) => {
        assert.strictEqual(err.code, missing.code);
        assert.match(err.message, /^bind /);
        const socket = net.connect({ ...options, ...free });
        socket.on('error', common.mustCall((err) => {
          assert.strictEqual(err.syscall, 'connect');
          server.close();
        }));
      }));
    }));
  }

  // Datagrams.
  const type = net.isIPv4(host) ? 'udp4' : 'udp6';
  {
    const socket = dgram.createSocket({ type, ...free });
    assert.strictEqual(socket.bindSync({ address: host }).address, host);
    socket.close();

    const later = dgram.createSocket({ type, ...free });
    later.bind(0, host, common.mustCall(() => {
      assert.strictEqual(later.address().address, host);
      later.close();
    }));

    // Using a recorded call.
    const kept = dgram.createSocket(type);
    kept.setsockopt(...free.socketOptions[0]);
    assert.strictEqual(kept.bindSync({ address: host }).address, host);
    kept.close();

    const not = dgram.createSocket(type);
    assert.throws(() => not.bindSync({ address: host }), missing);
    not.close();
  }
}
