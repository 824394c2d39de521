'use strict';

// A TLS client with a bound socket of the wrong family emits an error. What
// tls.connect() does after it has begun to connect does not throw. A name is
// looked up for the family of the bound socket.

const common = require('../common');
if (!common.hasCrypto)
  common.skip('missing crypto');
if (!common.hasIPv6)
  common.skip('missing IPv6');

const assert = require('assert');
const https = require('https');
const net = require('net');
const tls = require('tls');

const newBound = () => new net.BoundSocket({ host: '::1' });
const to = { host: '127.0.0.1', port: 9, servername: 'name.example' };
const isRefused = common.mustCall((err) => {
  assert.strictEqual(err.syscall, 'connect');
  assert.strictEqual(err.address, '127.0.0.1');
}, 6);

for (const newHandle of [newBound, () => newBound]) {
  tls.connect({ ...to, handle: newHandle() })
    .on('error', isRefused);
  tls.connect({ ...to, handle: newHandle(), session: Buffer.alloc(8) })
    .on('error', isRefused);
  https.get({ ...to, handle: newHandle(), agent: new https.Agent() })
    .on('error', isRefused);
}

// Names are resolved to the family of the bound socket, unless another is requested.
for (const [local, family] of [['127.0.0.1', 4], ['::1', 6]]) {
  const lookup = common.mustCall((name, options, callback) => {
    assert.deepStrictEqual([name, options.family, options.all === true], ['name.invalid', family, false]);
    callback(new Error('unknown'));
  }, 2);
  const isUnknown = common.mustCall((err) => assert.strictEqual(err.message, 'unknown'), 2);
  const newOptions = () => ({
    ...to, host: 'name.invalid', lookup, handle: new net.BoundSocket({ host: local }),
  });
  tls.connect(newOptions()).on('error', isUnknown);
  https.get({ ...newOptions(), agent: new https.Agent() }).on('error', isUnknown);
}
