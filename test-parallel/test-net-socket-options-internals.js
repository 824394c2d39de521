// Flags: --expose-internals
'use strict';

// The methods of the handles that take a list are not a public API, but userland
// can reach them.

require('../common');
const assert = require('assert');
const net = require('net');
const { internalBinding } = require('internal/test/binding');

const { TCP, constants: TCPConstants } = internalBinding('tcp_wrap');
const { SOL_SOCKET, SO_KEEPALIVE } = net.constants;

// Reading a list that lib/ did not create may run arbitrary code.
{
  const list = (act) => Object.defineProperty([0, SO_KEEPALIVE, 1], 0, {
    get() {
      act();
      return SOL_SOCKET;
    },
  });
  const failed = new Int32Array(1);
  for (const value of [undefined, null, 'text', {}, 0.5]) {
    const handle = new TCP(TCPConstants.SOCKET);
    assert.ok(handle.createSocket(4, 0, [SOL_SOCKET, SO_KEEPALIVE, value], failed) < 0);
    assert.strictEqual(failed[0], 0);
    handle.close();
  }
  const handle = new TCP(TCPConstants.SOCKET);
  const detach = () => structuredClone(failed.buffer, { transfer: [failed.buffer] });
  assert.strictEqual(handle.createSocket(4, 0, list(detach), failed), 0);
  handle.close();
  const closed = new TCP(TCPConstants.SOCKET);
  assert.notStrictEqual(closed.createSocket(4, 0, list(() => closed.close()), new Int32Array(1)), 0);
}
