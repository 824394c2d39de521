import { symlinkSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { strayFiles } from '../../verify/base-check.ts';
import { write } from '../files.ts';

t.test('what is linked from elsewhere is found, through links too', async (t) => {
  const home: string = t.testdir({ sysroot: { lib: { 'libz.so.1': '' } }, host: { 'libz.so.1': '' }, release: { 'a.o': '' }, gcc: {} });
  const at = (...names: string[]) => path.join(home, ...names);
  symlinkSync(at('host', 'libz.so.1'), at('gcc', 'libz.so'));
  write(at('sysroot-other', 'x.so'), '');
  const folders = [at('release'), at('sysroot'), at('gcc')];
  const trace = (...files: readonly string[]) => strayFiles(`${files.join('\n')}\n`, at('release'), folders);
  t.same(await trace('a.o', at('sysroot', 'lib', 'libz.so.1'), at('gcc', '..', 'sysroot', 'lib', 'libz.so.1')), []);
  t.same(await trace('a.o', at('host', 'libz.so.1')), [at('host', 'libz.so.1')]);
  t.same(await trace(at('gcc', 'libz.so')), [at('host', 'libz.so.1')], 'a link of the compiler to the host\'s');
  t.same(await trace(at('sysroot-other', 'x.so')), [at('sysroot-other', 'x.so')], 'a folder whose name begins alike');
});
