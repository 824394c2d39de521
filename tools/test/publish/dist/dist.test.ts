import { chmodSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { withoutPlaces } from '../../../build/configure.ts';
import { readDynamic } from '../../../build/elf.ts';
import { sha256 } from '../../../core/sha256.ts';
import { ENDINGS, pack, writeSums } from '../../../publish/dist/archive.ts';
import { addonSettings } from '../../../publish/dist/headers.ts';
import { licencesIn } from '../../../publish/dist/libraries.ts';
import { referredTo } from '../../../publish/dist/licences.ts';
import { compileAs, movableLink } from '../../../publish/dist/link.ts';
import { differing, readSums } from '../../../publish/dist/reproduce.ts';

t.test('an archive of equal files is equal', async (t) => {
  for (const ending of ENDINGS) {
    const home = t.testdir({ one: { package: { b: 'b', a: 'a', run: '' } }, two: { package: { run: '', a: 'a', b: 'b' } } });
    const packed = async (folder: string, date = '1700000000 +0000') => {
      const archive = path.join(home, `${folder}${ending}`);
      await pack(path.join(home, folder, 'package'), archive, date);
      return sha256(archive);
    };
    chmodSync(path.join(home, 'one/package/run'), 0o755);
    chmodSync(path.join(home, 'two/package/run'), 0o700);
    chmodSync(path.join(home, 'two/package/a'), 0o600);
    utimesSync(path.join(home, 'two/package/a'), 1, 1);
    const first = await packed('one');
    t.equal(await packed('two'), first, `${ending}: names, times and modes of this machine have no part in it`);
    t.not(await packed('two', '1700000001 +0000'), first);
    writeFileSync(path.join(home, 'two/package/a'), 'A');
    t.not(await packed('two'), first);
  }
});

t.test('hashes', async (t) => {
  const home = t.testdir({ 'b.txt': 'abc', 'a.txt': '', 'SHASUMS256.txt': 'old', 'folder': {} });
  await writeSums(home);
  const text = readFileSync(path.join(home, 'SHASUMS256.txt'), 'utf8');
  t.equal(text, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.txt\n' +
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b.txt\n');
  const sums = readSums(text);
  t.same([...sums.keys()], ['a.txt', 'b.txt']);
  t.same(differing(sums, sums), []);
  t.same(differing(sums, new Map([['a.txt', 'other'], ['c.txt', 'new']])), ['a.txt', 'b.txt', 'c.txt']);
});

t.test('what a library needs', async (t) => {
  t.same(readDynamic(` 0x01 (NEEDED)  Shared library: [libm.so.6]
 0x01 (NEEDED)  Shared library: [libc.so.6]
 0x0e (SONAME)  Library soname: [libz.so.1]
 0x1d (RUNPATH) Library runpath: [$ORIGIN/]
`), { needed: ['libm.so.6', 'libc.so.6'], searches: '$ORIGIN/' });
  t.same(readDynamic(''), { needed: [], searches: undefined });
});

t.test('licences', async (t) => {
  const written = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n' +
    'Files: *\nLicense: Expat\n\nFiles: b\nLicense: BSD-3-clause\n text\n\nLicense: Expat\n On Debian systems, see\n /usr/share/common-licenses/GPL-2.\n';
  t.same(licencesIn(written), ['BSD-3-clause', 'Expat']);
  t.same(licencesIn('This is free.\nLicense: something\n'), [], 'of other formats nothing is said');
  t.same(referredTo(`${written} and "/usr/share/common-licenses/LGPL-2.1".`), ['GPL-2', 'LGPL-2.1']);
});

const ldflags = '-Wl,--dynamic-linker=/x -Wl,-rpath,/x/lib';
const tools = { libraries: '/x/lib', cc: 'gcc', cxx: 'g++', ldflags };

t.test('the command that links a binary that can be moved', async (t) => {
  const made = movableLink(`g++ ${ldflags} -rdynamic -o relink/node a.o -lz`, tools, 'relink/node', 's.o d.o', '/to/node');
  t.match(made, /^g\+\+ -pie .* -rdynamic -o \/to\/node a\.o -lz s\.o d\.o$/);
  t.notMatch(made, /\/x/);
  t.match(made, '$ORIGIN');
  t.throws(() => movableLink('g++ -o relink/node a.o', tools, 'relink/node', 's.o', '/to/node'), /does not have "-Wl,--dynamic-linker/);
  t.throws(() => movableLink(`g++ ${ldflags} -o node a.o`, tools, 'relink/node', 's.o', '/to/node'), /does not have "-o relink\/node"/);
});

t.test('the command that compiles as a unit is compiled', async (t) => {
  const command = 'g++ -MMD -MF obj/src/a.o.d -DX -c ../../src/a.cc -o obj/src/a.o';
  t.equal(compileAs(command, 'src/a.cc', 'obj/src/a.o', '/d.cc', '/d.o'), 'g++ -MMD -MF /d.o.d -DX -c /d.cc -o /d.o');
});

t.test('settings', async (t) => {
  const settings = {
    target_defaults: { include_dirs: ['/s/usr/include'], libraries: ['-L/s/lib', '-lz'], cflags: ['-O2'], default_configuration: 'Release' },
    variables: { node_prefix: '/usr', napi_build_version: '10' },
  };
  t.same(withoutPlaces(settings), {
    target_defaults: { include_dirs: [], libraries: ['-lz'], cflags: ['-O2'], default_configuration: 'Release' },
    variables: settings.variables,
  }, 'the folders of the machine are left out');
  const text = addonSettings(`# Do not edit.\n${JSON.stringify(settings)}\n`);
  t.match(text, /^# Do not edit\..*\n\{/);
  t.same(JSON.parse(text.slice(text.indexOf('{'))), {
    target_defaults: { include_dirs: [], libraries: [], cflags: [], defines: [], default_configuration: 'Release' },
    variables: { node_prefix: '/', napi_build_version: '10' },
  });
});
