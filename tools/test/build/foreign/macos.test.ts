import t from 'tap';
import { foreignArguments, unknownNames } from '../../../build/foreign/foreign.ts';
import { LEFT_OUT, targets } from '../../../build/foreign/macos.ts';

const compiler = (target: string) => ({ compiler: ['zig', 'c++', '-target', target] as const });

t.test('what is compiled', (t) => {
  const spelled = (processor: 'arm64' | 'x64') => targets(compiler, processor).map(({ name, compiler: words }) => [name, words.at(-1)]);
  const macos = [['macos-arm64', 'aarch64-macos'], ['macos-x64', 'x86_64-macos']];
  t.same(spelled('x64'), [...macos, ['linux-arm64', 'aarch64-linux-gnu']]);
  t.same(spelled('arm64'), [...macos, ['linux-x64', 'x86_64-linux-gnu']]);
  t.same(targets(compiler, 'x64').map(({ addonLink }) => addonLink?.includes('-shared')), [true, true, undefined],
         'zig gives names of C++ symbols that the official binary for Linux does not have');
  t.end();
});

t.test('a unit\'s command for macOS, and for the other processor', (t) => {
  const command = "g++ --sysroot=/s -D_GLIBCXX_USE_CXX11_ABI=1 '-DNODE_ARCH=\"x64\"' '-DNODE_PLATFORM=\"linux\"' -D__POSIX__ " +
    '-DHAVE_SQLITE=1 -I/s/usr/include -I../../src -O3 -std=gnu++20 -c ../../src/x.cc -o x.o';
  const [macos, , linux] = targets(compiler, 'x64');
  const unit = { command, file: 'src/x.cc', output: 'x.o' };
  t.same(foreignArguments(macos!, unit, '/m'), [
    '-D_DARWIN_USE_64_BIT_INODE=1', '-DNODE_ARCH="arm64"', '-DNODE_PLATFORM="darwin"', '-D__POSIX__', '-DHAVE_SQLITE=1',
    '-I/m/include', '-I../../src', '-idirafter', '/m/absent', '-std=gnu++20',
  ], 'the empty headers come last, so that real ones are taken where they are');
  t.same(foreignArguments(linux!, unit, '/l'), [
    '-DNODE_ARCH="arm64"', '-DNODE_PLATFORM="linux"', '-D__POSIX__', '-DHAVE_SQLITE=1', '-I/l/include', '-I../../src', '-std=gnu++20',
  ]);
  t.end();
});

t.test('names that the headers of macOS have', (t) => {
  const names = (...list: readonly string[]) => unknownNames(list.map((name) => `#define ${name} 1\n`).join(''), new Set(), LEFT_OUT);
  t.same(names('IPV6_2292PKTINFO', 'TCP_MAXWIN', 'IP_FW_ADD', 'IPV6_BINDV6ONLY', 'SO_NREAD', 'TCP_NOOPT'), [], 'left out');
  t.same(names('IPV6_BOUND_IF', 'TCP_NEW', 'SO_LABELS', 'IP_MULTICAST_IF', 'IPV6_RECVPKTINFO', 'IP_PKTINFO'),
         ['IPV6_BOUND_IF', 'IPV6_RECVPKTINFO', 'IP_MULTICAST_IF', 'IP_PKTINFO', 'SO_LABELS', 'TCP_NEW']);
  t.end();
});
