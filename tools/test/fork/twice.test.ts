import t from 'tap';
import { faultsOf } from '../../fork/twice.ts';

const file = (...lines: readonly string[]) => `'use strict';\n${lines.join('\n')}\n`;
const base = file(
  'const { ObjectDefineProperty } = primordials;',
  'const handleConversion = {', '  \'net.Native\': {', '    send() {},', '  },', '};',
  'class BoundSocket {', '  static { this.x = 1; }', '  #fd;', '  get fd() { return this.#fd; }', '  set fd(fd) {}', '  static from() {}',
  '  ref() {}', '}',
  'function Socket() {}',
  'Socket.prototype.bindSync = function() {};',
  'ObjectDefineProperty(Socket.prototype, \'owner\', {});',
  'const both = [{ a: 1 }, { a: 1 }];');
const put = (after: string, ...lines: readonly string[]) => base.replace(`${after}\n`, (all) => `${all}${lines.join('\n')}\n`);

for (const [what, text, line, expected] of [
  ['a key of an object', put('const handleConversion = {', '  \'net.Native\': 1,'), 5,
   '\'net.Native\' in handleConversion stands twice, first in line 4'],
  ['a key of an inner object', put('    send() {},', '    send: 1,'), 6, '\'send\' in net.Native stands twice, first in line 5'],
  ['a key of an object that is handed over', put('function Socket() {}', 'f({ a: 1, "a": 2 });'), 17,
   '\'a\' in an object stands twice, first in line 17'],
  ['a method of a class', put('  ref() {}', '  ref() {}'), 15, 'BoundSocket.prototype.ref stands twice, first in line 14'],
  ['a static method', put('  ref() {}', '  static from = 1;'), 15, 'BoundSocket.from stands twice, first in line 13'],
  ['a method of a class from outside', put('function Socket() {}', 'BoundSocket.prototype.ref = function() {};'), 17,
   'BoundSocket.prototype.ref stands twice, first in line 14'],
  ['a static method from outside', put('function Socket() {}', 'BoundSocket.from = f;'), 17,
   'BoundSocket.from stands twice, first in line 13'],
  ['a method of a prototype', put('function Socket() {}', 'Socket.prototype.bindSync = f;'), 18,
   'Socket.prototype.bindSync stands twice, first in line 17'],
  ['a property of a prototype', put('function Socket() {}', 'Socket.prototype.owner = f;'), 19,
   'Socket.prototype.owner stands twice, first in line 17'],
  ['a function', put('  ref() {}\n}', 'function Socket(a) {}'), 17, 'Socket stands twice, first in line 16'],
  ['a class', put('function Socket() {}', 'class BoundSocket {}'), 17, 'Identifier \'BoundSocket\' has already been declared'],
  ['a constant', put('function Socket() {}', 'const both = 1;'), 20, 'Identifier \'both\' has already been declared'],
] as const) {
  t.test(`${what} that stands twice`, async (t) => {
    t.not(text, base);
    t.same(faultsOf(base, text), [{ line, what: expected }]);
    t.same(faultsOf(text, text), [], 'what was there before is upstream\'s');
  });
}

t.test('what is no fault', async (t) => {
  for (const text of [
    base,
    put('function Socket() {}', 'handleConversion[\'net.Native\'] = 1;'),
    put('function Socket() {}', 'f({ a: 1 }, { a: 1 }, { [both]: 1, [both]: 2, ...both });'),
    put('function Socket() {}', 'function a() { class BoundSocket { ref() {} } return { get a() {}, set a(b) {} }; }'),
    put('  ref() {}', '  static ref() {}'),
    put('function Socket() {}', 'BoundSocket.prototype.other = BoundSocket.prototype.another = f;'),
    'return await;\n',
  ]) {
    t.same(faultsOf(base, text), [], text);
  }
  t.same(faultsOf('of no language', put('function Socket() {}', 'class Socket {}')), [], 'where nothing can be compared');
});
