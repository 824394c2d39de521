'use strict';

// net.structs packs and unpacks the structs of socket options in the layout of
// this platform.

const common = require('../common');
const assert = require('assert');
const net = require('net');

const { structs } = net;
const isMacOS = process.platform === 'darwin';
const { linger, timeval, ip_mreq, ip_mreqn, ipv6_mreq } = structs;

const bytes = (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
const invalid = (code, name) => ({ code, message: new RegExp(`['"]${name}['"]`) });

// The available structs.
{
  const expected = ['linger', 'ip_mreq', 'ipv6_mreq'];
  if (!common.isWindows)
    expected.push('timeval');
  if (common.isLinux || isMacOS || common.isFreeBSD)
    expected.push('ip_mreqn');
  assert.deepStrictEqual(Object.keys(structs).sort(), expected.sort());

  for (const object of [structs, ...Object.values(structs)]) {
    assert.strictEqual(Object.getPrototypeOf(object), null);
    assert.ok(Object.isFrozen(object));
  }
  for (const struct of Object.values(structs)) {
    assert.deepStrictEqual(Object.keys(struct).sort(), ['decode', 'encode', 'size']);
    assert.throws(() => new struct.encode({}), TypeError);
    assert.throws(() => new struct.decode(Buffer.alloc(struct.size)), TypeError);
  }
}

// The expected bytes, created in a different way. The views match the members
// on each platform; addresses are always in network byte order.
{
  const Time = timeval?.size === 8 ? Int32Array : BigInt64Array;
  const time = (sec, usec) => bytes(Time === Int32Array ?
    new Int32Array([sec, usec]) : new BigInt64Array([BigInt(sec), BigInt(usec)]));
  // The second member has four bytes on macOS and is followed by padding.
  const micro = isMacOS ?
    (sec, usec) => Buffer.concat([time(sec, 0).subarray(0, 8), bytes(new Int32Array([usec, 0]))]) :
    time;
  const Linger = common.isWindows ? Uint16Array : Int32Array;
  const index = (number) => bytes(new Uint32Array([number]));
  const maxLinger = common.isWindows ? 0xffff : 0x7fffffff;

  const cases = [
    [linger, { onoff: true, linger: 5 }, bytes(new Linger([1, 5]))],
    [linger, { onoff: false, linger: 0 }, bytes(new Linger([0, 0]))],
    [linger, { onoff: true, linger: maxLinger }, bytes(new Linger([1, maxLinger]))],
    [timeval, { sec: 3, usec: 250_000 }, micro(3, 250_000)],
    [timeval, { sec: 0x7fffffff, usec: 999_999 }, micro(0x7fffffff, 999_999)],
    [ip_mreq, { multiaddr: '239.1.2.3', interface: '127.0.0.1' },
     Buffer.from([239, 1, 2, 3, 127, 0, 0, 1])],
    [ip_mreq, { multiaddr: '255.255.255.255', interface: '0.0.0.0' },
     Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])],
    [ip_mreqn, { multiaddr: '239.1.2.3', address: '127.0.0.1', ifindex: 7 },
     Buffer.concat([Buffer.from([239, 1, 2, 3, 127, 0, 0, 1]), index(7)])],
    [ip_mreqn, { multiaddr: '0.0.0.0', address: '10.0.0.255', ifindex: 0x7fffffff },
     Buffer.concat([Buffer.from([0, 0, 0, 0, 10, 0, 0, 255]), index(0x7fffffff)])],
    [ipv6_mreq, { multiaddr: 'ff02::1:2', interface: 1 },
     Buffer.concat([Buffer.from('ff020000000000000000000000010002', 'hex'), index(1)])],
    [ipv6_mreq, { multiaddr: '::', interface: 0x7fffffff },
     Buffer.concat([Buffer.alloc(16), index(0x7fffffff)])],
  ];
  // More than 32 bits of seconds, if there is room.
  if (timeval?.size === 16) {
    const sec = Number.MAX_SAFE_INTEGER;
    cases.push([timeval, { sec, usec: 1 }, micro(sec, 1)]);
  }
  for (const [struct, fields, expected] of cases) {
    if (struct === undefined)
      continue;
    const encoded = struct.encode(fields);
    assert.ok(Buffer.isBuffer(encoded));
    assert.deepStrictEqual(encoded, expected);
    assert.strictEqual(struct.size, expected.length);
    assert.deepStrictEqual(struct.decode(expected), fields);
  }

  // Addresses are read in any notation and written in the canonical one.
  for (const [text, canonical] of [['FF02:0:0:0:0:0:0:1', 'ff02::1'],
                                   ['ff02:0::0:ABCD', 'ff02::abcd'],
                                   ['::ffff:1.2.3.4', '::ffff:1.2.3.4']]) {
    const encoded = ipv6_mreq.encode({ multiaddr: text, interface: 0 });
    assert.strictEqual(ipv6_mreq.decode(encoded).multiaddr, canonical);
  }

  // Any number other than 0 means that a flag is on, and negative numbers are
  // kept.
  assert.deepStrictEqual(linger.decode(new Linger([128, 1])), { onoff: true, linger: 1 });
  if (!common.isWindows) {
    assert.deepStrictEqual(linger.decode(new Linger([-1, -2])), { onoff: true, linger: -2 });
    assert.strictEqual(timeval.decode(micro(-1, 0)).sec, -1);
  }
}

// Any view of the right length, at any offset.
{
  const fields = { onoff: true, linger: 5 };
  const encoded = linger.encode(fields);
  for (const make of [(size) => new ArrayBuffer(size), (size) => new SharedArrayBuffer(size)]) {
    for (const offset of [0, 1, 3, 8]) {
      const buffer = make(offset + linger.size + 1);
      const view = new Uint8Array(buffer, offset, linger.size);
      view.set(encoded);
      assert.deepStrictEqual(linger.decode(view), fields);
      assert.deepStrictEqual(linger.decode(new DataView(buffer, offset, linger.size)), fields);
    }
  }
  const words = new Uint16Array(linger.size / 2);
  new Uint8Array(words.buffer).set(encoded);
  assert.deepStrictEqual(linger.decode(words), fields);
}

// Memory is not shared between calls, or with the pool of Buffer.
{
  const first = linger.encode({ onoff: true, linger: 1 });
  const second = linger.encode({ onoff: true, linger: 2 });
  first.fill(0xff);
  assert.strictEqual(linger.decode(second).linger, 2);
  assert.strictEqual(second.buffer.byteLength, linger.size);
  // The functions do not need a receiver.
  const { encode, decode } = linger;
  assert.deepStrictEqual(decode(encode({ onoff: false, linger: 3 })), { onoff: false, linger: 3 });
}

// Views that are not structs.
for (const struct of Object.values(structs)) {
  const { size } = struct;
  for (const length of [0, 1, size - 1, size + 1, 2 * size]) {
    const wrong = { code: 'ERR_INVALID_ARG_VALUE', message: new RegExp(`must be ${size}\\. Received ${length}`) };
    assert.throws(() => struct.decode(Buffer.alloc(length)), wrong);
    assert.throws(() => struct.decode(new DataView(new ArrayBuffer(length))), wrong);
  }
  for (const value of [undefined, null, 1, 'x'.repeat(size), {}, [], Array(size).fill(0),
                       new ArrayBuffer(size), new SharedArrayBuffer(size), { length: size },
                       new Proxy(Buffer.alloc(size), {}), Object.create(Buffer.prototype)]) {
    assert.throws(() => struct.decode(value), invalid('ERR_INVALID_ARG_TYPE', 'view'));
  }

  // Detached or out of bounds: the former bytes are not read.
  const gone = new ArrayBuffer(size);
  const shrunk = new ArrayBuffer(2 * size, { maxByteLength: 2 * size });
  const views = [new Uint8Array(gone), new DataView(gone),
                 new Uint8Array(shrunk, size, size), new DataView(shrunk, size, size)];
  structuredClone(gone, { transfer: [gone] });
  shrunk.resize(2 * size - 1);
  for (const view of views)
    assert.throws(() => struct.decode(view), invalid('ERR_INVALID_ARG_VALUE', 'view.byteLength'));
}

// Numbers that JavaScript would round.
if (timeval?.size === 16 && !isMacOS) {
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  for (const sec of [safe, -safe]) {
    const { sec: decoded } = timeval.decode(new BigInt64Array([sec, 0n]));
    assert.strictEqual(BigInt(decoded), sec);
  }
  for (const sec of [safe + 1n, safe + 2n, -safe - 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    assert.throws(() => timeval.decode(new BigInt64Array([sec, 0n])),
                  { code: 'ERR_OUT_OF_RANGE', message: /"sec"/ });
  }
}

// Fields that are missing or invalid. The message contains their name.
{
  const good = {
    linger: { onoff: true, linger: 1 },
    timeval: { sec: 1, usec: 1 },
    ip_mreq: { multiaddr: '224.0.0.1', interface: '0.0.0.0' },
    ip_mreqn: { multiaddr: '224.0.0.1', address: '0.0.0.0', ifindex: 1 },
    ipv6_mreq: { multiaddr: 'ff02::1', interface: 1 },
  };
  const wrongType = {
    boolean: [0, 1, '', 'true', 1n],
    number: ['1', 1n, true, { valueOf: common.mustNotCall() }, [1]],
    string: [1, 1n, true, [], { toString: common.mustNotCall() }, Buffer.from('::1')],
  };
  for (const [name, { encode }] of Object.entries(structs)) {
    const fields = good[name];
    encode(fields);
    for (const value of [undefined, null, 1, 'x', true, [], () => {}])
      assert.throws(() => encode(value), invalid('ERR_INVALID_ARG_TYPE', 'fields'));
    for (const [field, value] of Object.entries(fields)) {
      const property = `fields\\.${field}`;
      const { [field]: left, ...others } = fields;
      assert.throws(() => encode(others), invalid('ERR_INVALID_ARG_TYPE', property));
      for (const wrong of [undefined, null, Symbol('s'), {}, ...wrongType[typeof left]]) {
        assert.throws(() => encode({ ...fields, [field]: wrong }),
                      invalid('ERR_INVALID_ARG_TYPE', property));
      }
      if (typeof value === 'number') {
        for (const wrong of [-1, 0.5, NaN, Infinity, -Infinity, 2 ** 53]) {
          assert.throws(() => encode({ ...fields, [field]: wrong }),
                        { code: 'ERR_OUT_OF_RANGE', message: new RegExp(property) });
        }
        assert.strictEqual(structs[name].decode(encode({ ...fields, [field]: -0 }))[field], 0);
      } else if (typeof value === 'string') {
        const other = name === 'ipv6_mreq' ? ['1.2.3.4', 'ff02::1%lo', 'ff02::1%', '%', 'fe80::1%1'] : ['::1'];
        for (const wrong of ['', ' ', 'localhost', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', ' 1.2.3.4',
                             '1.2.3.4:80', '1.2.3.4\0', '1.2.3.4%lo', '::1\0', '::1 ', '[::1]', ':::', '::g',
                             '1:2:3:4:5:6:7:8:9', '\u0661.2.3.4', '1'.repeat(1e5), ...other]) {
          assert.throws(() => encode({ ...fields, [field]: wrong }),
                        { code: 'ERR_INVALID_ARG_VALUE', message: new RegExp(`${property}' must be an IPv`) });
        }
      }
    }
  }
  const tooMuch = (field) => ({ code: 'ERR_OUT_OF_RANGE', message: new RegExp(`fields\\.${field}`) });
  const maxLinger = common.isWindows ? 0xffff : 0x7fffffff;
  assert.throws(() => linger.encode({ onoff: true, linger: maxLinger + 1 }), tooMuch('linger'));
  assert.throws(() => ipv6_mreq.encode({ multiaddr: '::', interface: 2 ** 32 }), tooMuch('interface'));
  if (timeval !== undefined)
    assert.throws(() => timeval.encode({ sec: 0, usec: 1e6 }), tooMuch('usec'));
  if (ip_mreqn !== undefined)
    assert.throws(() => ip_mreqn.encode({ ...good.ip_mreqn, ifindex: 2 ** 31 }), tooMuch('ifindex'));
}
