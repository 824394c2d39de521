import { existsSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { write } from '../../files.ts';
import { line } from '../../project.ts';

// Modules derive folders from this when they are loaded, so none may be imported before.
const folder = t.testdir({});
process.env['BINDERY_OUT'] = folder;
delete process.env['FULL'];
const { requireFull } = await import('../../../build/full/full.ts');
const { takeSource } = await import('../../../build/full/source.ts');
const { fullPaths, linePaths } = await import('../../../core/paths.ts');
const { writeRecord } = await import('../../../core/record.ts');
const { baseRecord, repositoryOf } = await import('../../repository.ts');

const base = (version: string) => ({ ...baseRecord(''), version });
const fork = linePaths('v24.x');
const full = fullPaths('v24.x');
if (!fork.dir.startsWith(folder)) throw new Error(`${fork.dir} is no folder of this test`);

const put = (dir: string, file: string, text: string) => { write(path.join(dir, file), text); };
const read = (dir: string, file: string) => readFileSync(path.join(dir, file), 'utf8');

const files = { 'lib/net.js': 'net\n', 'lib/http.js': 'http\n', 'src/tcp.cc': 'tcp\n' };
put(fork.sysroot, 'usr/include/uv.h', 'one\n');
const repository = await repositoryOf(fork.tree, files);

/** An old time, so that rewritten files can be recognized. */
const OLD = new Date('2020-01-01T00:00:00Z');
const age = (...names: readonly string[]) => {
  for (const name of names) utimesSync(path.join(full.tree, name), OLD, OLD);
};
const isOld = (name: string) => statSync(path.join(full.tree, name)).mtimeMs === OLD.getTime();

t.test('the source is what the fork tree has', async (t) => {
  t.match(await takeSource(line, base('24.1.0')), { did: /src$/ });
  for (const [file, text] of Object.entries(files)) t.equal(read(full.tree, file), text, file);
  t.notOk(existsSync(path.join(full.tree, '.git')));
  t.equal(read(full.sysroot, 'usr/include/uv.h'), 'one\n');
});

t.test('what is unchanged is not written again', async (t) => {
  age('lib/net.js', 'lib/http.js', 'src/tcp.cc');
  t.match(await takeSource(line, base('24.1.0')), { did: /unchanged$/ });
  put(fork.tree, 'lib/net.js', 'an edit\n');
  put(fork.tree, 'src/new.cc', 'new\n');
  rmSync(path.join(fork.tree, 'lib', 'http.js'));
  put(full.tree, 'out/Release/obj/tcp.o', 'object');
  t.match(await takeSource(line, base('24.1.0')), { did: /src$/ });
  t.equal(read(full.tree, 'lib/net.js'), 'an edit\n');
  t.equal(read(full.tree, 'src/new.cc'), 'new\n', 'edits that are not committed are taken');
  t.notOk(existsSync(path.join(full.tree, 'lib', 'http.js')), 'what is removed goes');
  t.ok(isOld('src/tcp.cc'));
  t.ok(existsSync(path.join(full.tree, 'out/Release/obj/tcp.o')), 'what is built stays');
  t.equal((await repository.git(['status', '--porcelain'])).split('\n')[0], ' D lib/http.js', 'the fork tree\'s own index is left alone');
});

t.test('the fork tree may change meanwhile', async (t) => {
  put(fork.tree, 'src/tcp.cc', 'later\n');
  rmSync(fork.sysroot, { recursive: true });
  put(fork.sysroot, 'usr/include/uv.h', 'two\n');
  t.equal(read(full.tree, 'src/tcp.cc'), 'tcp\n');
  t.equal(read(full.sysroot, 'usr/include/uv.h'), 'one\n');
});

t.test('a copy that was cut off is mended', async (t) => {
  put(full.tree, 'src/tcp.cc', 'half');
  put(full.dir, 'index.lock', '');
  await takeSource(line, base('24.1.0'));
  t.equal(read(full.tree, 'src/tcp.cc'), 'later\n');
  t.equal(read(full.sysroot, 'usr/include/uv.h'), 'one\n', 'the base is the same');
});

t.test('another base begins anew', async (t) => {
  await takeSource(line, base('24.2.0'));
  t.equal(read(full.sysroot, 'usr/include/uv.h'), 'two\n');
  t.notOk(existsSync(path.join(full.tree, 'out')));
  t.equal(read(full.tree, 'src/tcp.cc'), 'later\n');
});

t.test('tests want the binary of what the fork tree has', async (t) => {
  await t.rejects(requireFull(line), { message: /^there is no .*node$/, remedy: /make node-full LINE=v24\.x/ });
  put(full.dir, 'bin/node', '');
  await writeRecord(path.join(full.dir, 'made.json'), { content: (JSON.parse(read(full.dir, 'source.json')) as { content: string }).content });
  t.match(await requireFull(line), { did: /node$/ });
  put(fork.tree, 'lib/net.js', 'another edit\n');
  await t.rejects(requireFull(line), { message: /made from another tree$/, remedy: /make node-full LINE=v24\.x/ });
});
