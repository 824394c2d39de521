import t from 'tap';
import { definedNames, foreignArguments, unknownNames, wrongNumbers } from '../../../build/foreign/foreign.ts';
import { WINDOWS } from '../../../build/foreign/windows.ts';

t.test('a unit\'s command for Windows', (t) => {
  const command = "g++ --sysroot=/s -isystem /usr/include/c++/12 -MMD -MF x.d -D_FILE_OFFSET_BITS=64 '-DNODE_ARCH=\"x64\"' " +
    "'-DNODE_PLATFORM=\"linux\"' -D__POSIX__ -DHAVE_SQLITE=1 -I/s/usr/include -I../../src -Igen -pthread -fPIC -O3 -fno-rtti " +
    '-fno-exceptions -std=gnu++20  -c ../../src/x.cc -o x.o';
  const args = foreignArguments(WINDOWS, { command, file: 'src/x.cc', output: 'x.o' }, '/windows');
  t.ok(args.includes('-DNODE_ARCH="x64"'), 'Node\'s own, unquoted');
  t.ok(args.includes('-DHAVE_SQLITE=1'));
  t.same(args.filter((word) => word.includes('NODE_PLATFORM')), ['-DNODE_PLATFORM="win32"']);
  t.notOk(args.some((word) => /POSIX|FILE_OFFSET|sysroot|isystem|fPIC|pthread/.test(word)), 'nothing of this system');
  t.same(args.filter((word) => word.startsWith('-I')), ['-I/windows/include', '-I../../src', '-Igen'], 'without the C library of the sysroot');
  t.same(args.slice(-3), ['-fno-rtti', '-fno-exceptions', '-std=gnu++20']);
  t.end();
});

t.test('names that the headers have', (t) => {
  const macros = '#define SO_NEW 0x7001\n#define SO_TYPE 0x1008\n#define IP_HDRINCL 2\n#define WSA_X 1\n#define TCP_GUARD\n';
  t.same(unknownNames(macros, new Set(['SO_TYPE']), WINDOWS.options.leftOut), ['SO_NEW']);
  t.same(unknownNames(macros, new Set(['SO_TYPE', 'SO_NEW']), WINDOWS.options.leftOut), []);
  t.end();
});

t.test('names that the source defines', (t) => {
  const text = '    {"SO_TYPE",\n# 7 "x.h" 3 4\n 0xffff\n# 8 "x.h"\n, 0x1008, },\n    {"TCP_ULP", IPPROTO_TCP, 31, 16},\n    {"IPPROTO_TCP", IPPROTO_TCP},\n  f("other", 1, 2);\n';
  const defined = definedNames(text);
  t.same([...defined], [['SO_TYPE', '0x1008'], ['TCP_ULP', '31'], ['IPPROTO_TCP', '']]);
  t.same(wrongNumbers('#define SO_TYPE 4104\n#define TCP_ULP 32\n#define SO_OTHER 1\n', defined), ['TCP_ULP']);
  t.end();
});
