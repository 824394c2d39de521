'use strict';

// A bound socket connects to what it can reach from its address, and refuses
// the rest.

const common = require('../common');
const tmpdir = require('../common/tmpdir');
const assert = require('assert');
const net = require('net');

const host = '127.0.0.1';

tmpdir.refresh();

// A TCP socket cannot connect to a path.
{
  const socket = new net.Socket({ handle: new net.BoundSocket({ host }) });
  assert.throws(() => socket.connect({ path: common.PIPE }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /options\.path/,
  });
  assert.strictEqual(socket.connecting, false);
  socket.destroy();
}

// A pipe cannot connect to an empty path.
{
  const socket = new net.Socket({
    handle: new net.BoundSocket({ path: common.PIPE }),
  });
  assert.throws(() => socket.connect({ path: '' }),
                { code: 'ERR_INVALID_ARG_VALUE' });
  socket.destroy();
}

// Null means no local address, as it does without a BoundSocket.
{
  const server = net.createServer(common.mustCall((peer) => {
    peer.end();
    server.close();
  }));
  server.listen(0, host, common.mustCall(() => {
    const socket = new net.Socket({ handle: new net.BoundSocket({ host }) });
    const none = { localAddress: null, localPort: null };
    socket.connect({ host, port: server.address().port, ...none }, common.mustCall());
    socket.resume();
  }));
}

// Names are resolved to the family of the socket, unless another is requested.
{
  const families = [];
  const lookup = (name, options, callback) => {
    families.push(options.family);
    assert.notStrictEqual(options.all, true);
    callback(new Error('unknown'));
  };
  const hosts = common.hasIPv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  let left = hosts.length;
  for (const local of hosts) {
    const handle = new net.BoundSocket({ host: local });
    const client = new net.Socket({ handle }).connect({ host: 'name.invalid', port: 1, lookup });
    client.on('error', common.mustCall(() => {
      if (--left === 0)
        assert.deepStrictEqual(families, [4, 6].slice(0, hosts.length));
    }));
  }
}
