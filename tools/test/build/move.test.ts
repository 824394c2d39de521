import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import type { LockedLine } from '../../base/lock.ts';
import type { LinkedLine } from '../../core/lines.ts';
import { write, writeAll } from '../files.ts';
import { quietly } from '../process.ts';

// A small base, packed like Debian's. Everything is made in a folder of this test.
const home = t.testdir({});
const mirror = path.join(home, 'debian');
process.env['BINDERY_OUT'] = path.join(home, 'out');
process.env['BINDERY_MIRROR'] = `file://${mirror}`;
process.env['BINDERY_SNAPSHOT'] = `file://${home}/snapshots`;
delete process.env['BINDERY_FILES'];
delete process.env['KEEP_TREE'];
const { fetchBase } = await import('../../build/move.ts');
const { recordOf } = await import('../../base/base.ts');
const { architecture } = await import('../../base/lock.ts');
const { root } = await import('../../core/paths.ts');
const { remove } = await import('../../core/remove.ts');

// No proposal has a state on this line, so none is applied.
const line: LinkedLine = {
  name: 'v99.x',
  base: { from: 'suite', suite: 'test', source: 'nodejs', library: 'libnode-dev', major: 99 },
};
const dir = path.join(home, 'out', line.name);
const tree = path.join(dir, 'node');
const loader = { amd64: 'lib64/ld-linux-x86-64.so.2', arm64: 'usr/lib/ld-linux-aarch64.so.1' }[architecture()]!;

/** A configure that writes what Node's does, or fails. */
const configure = (fails: boolean) => `#!/usr/bin/env python3
import sys
${fails ? 'sys.exit("error: it cannot be configured")' : ''}
open('config.gypi', 'w').write('# of\\n{"target_defaults": {}, "variables": {}}')
`;

/** Puts the files of a version into the mirror. */
function release(version: string, { fails = false, patch = '' } = {}): LockedLine {
  const work = path.join(home, 'work');
  const pool = 'pool/main/n/nodejs';
  rmSync(work, { recursive: true, force: true });
  mkdirSync(path.join(mirror, pool), { recursive: true });
  const source = path.join(work, `node-${version}`);
  writeAll(source, Object.fromEntries(['node.gyp', 'node.gypi', 'common.gypi', 'lib/net.js'].map((file) => [file, `${file} of ${version}\n`])));
  write(path.join(source, 'configure.py'), configure(fails), 0o755);
  const rules = 'DEB_CONFIGURE_EXTRA_FLAGS = --shared --verbose --shared-builtin-x-path=/x\n';
  write(path.join(work, 'debian/rules'), rules, 0o755);
  writeAll(work, {
    'debian/patches/series': patch === '' ? '# none\n' : 'net.patch # why\n',
    'debian/patches/net.patch': patch,
    'extra/x': 'x\n',
    'deb/usr/share/version': version,
    [`deb/${loader}`]: '',
    'deb/DEBIAN/control': `Package: libnode-dev\nVersion: ${version}\nArchitecture: all\nMaintainer: nobody\nDescription: x\n`,
  });
  const files = [`nodejs_${version}.orig.tar.gz`, `nodejs_${version}.orig-extra.tar.gz`, `nodejs_${version}.debian.tar.gz`, `libnode-dev_${version}_all.deb`];
  const at = files.map((file) => path.join(mirror, pool, file));
  execFileSync('tar', ['-czf', at[0]!, '-C', work, path.basename(source)]);
  execFileSync('tar', ['-czf', at[1]!, '-C', work, 'extra']);
  execFileSync('tar', ['-czf', at[2]!, '-C', work, 'debian']);
  execFileSync('dpkg-deb', ['--root-owner-group', '-b', path.join(work, 'deb'), at[3]!], { stdio: 'ignore' });
  return {
    version,
    date: '2026-10-30T08:08:01Z',
    files: files.map((file, index) => ({
      path: `${pool}/${file}`,
      sha256: createHash('sha256').update(readFileSync(at[index]!)).digest('hex'),
      size: statSync(at[index]!).size,
    })),
  };
}

/** The installed version of a line's base, and of its sysroot. */
function state() {
  const record = JSON.parse(readFileSync(recordOf(tree), 'utf8')) as { version: string; sysroot: string };
  const version = (folder: string) => readFileSync(path.join(folder, 'usr/share/version'), 'utf8');
  const current = path.join(dir, 'sysroots', 'current');
  return {
    record: record.version,
    tree: readFileSync(path.join(tree, 'lib/net.js'), 'utf8').trim(),
    sysroot: version(path.join(dir, 'sysroots', record.sysroot)),
    current: version(realpathSync(current)),
  };
}

const of = (version: string) => ({ record: version, tree: `lib/net.js of ${version}`, sysroot: version, current: version });

/** Gives the line a base without printing anything. */
const fetch = (t: Test, locked: LockedLine, isKept?: boolean) => quietly(t, () => fetchBase(line, locked, isKept));

t.test('a base is put together of its parts, without a .dsc', async (t) => {
  const patch = '--- a/lib/net.js\n+++ b/lib/net.js\n@@ -1 +1,2 @@\n lib/net.js of 99.1.0-0\n+patched\n';
  const { configure: flags, commit } = await fetch(t, release('99.1.0-0', { patch }));
  t.same(flags, ['--shared'], 'those of the package, without what would read builtins from outside');
  t.equal(readFileSync(path.join(tree, 'lib/net.js'), 'utf8'), 'lib/net.js of 99.1.0-0\npatched\n', 'its patches are applied');
  t.equal(readFileSync(path.join(tree, 'extra/x'), 'utf8'), 'x\n', 'a component lies in a folder of its name');
  const git = (args: readonly string[]) => execFileSync('git', [...args], { cwd: tree, encoding: 'utf8' });
  t.equal(git(['rev-parse', 'HEAD']).trim(), commit);
  t.equal(git(['status', '--porcelain']), '');
});

t.test('a base that is here is not made again, another lock makes another', async (t) => {
  const first = release('99.1.0-1');
  await fetch(t, first);
  t.same(state(), of('99.1.0-1'));
  t.match((await fetch(t, first)).did, /is here, nothing to download$/);
  await fetch(t, release('99.1.0-2'));
  t.same(state(), of('99.1.0-2'));
  t.ok(readdirSync(path.join(dir, 'sysroots')).length > 2, 'the old sysroot stays for the binary that was built with it');
  t.same(readdirSync(dir).filter((name) => /partial|old/.test(name)), []);
});

t.test('what cannot be made leaves the line as it was', async (t) => {
  const good = release('99.2.0-1');
  await fetch(t, good);
  const before = state();
  const refused = async (locked: LockedLine, message: RegExp) => {
    await t.rejects(fetch(t, locked), { name: 'UserError', message });
    t.same(state(), before);
    t.match((await fetch(t, good)).did, /nothing to download$/);
    t.same(readdirSync(dir).filter((name) => /partial|old/.test(name)), [], 'nothing is left of it');
  };
  const next = release('99.2.0-2');
  const [first] = next.files;
  await refused({ ...next, files: [{ ...first!, sha256: '0'.repeat(64) }, ...next.files.slice(1)] }, /nodejs_99\.2\.0-2\.orig\.tar\.gz with sha256 000000000000/);
  await refused({ ...next, files: [{ ...first!, path: 'pool/main/n/nodejs/none_99.2.0.orig.tar.gz', sha256: '1'.repeat(64) }, ...next.files.slice(1)] }, /none_99\.2\.0\.orig\.tar\.gz .* is nowhere/);
  await refused(release('99.2.0-3', { fails: true }), /it cannot be configured/);
  await refused(release('99.2.0-4', { patch: '--- a/lib/net.js\n+++ b/lib/net.js\n@@ -1 +1 @@\n-other\n+x\n' }), /^patch failed/);
  await refused({ ...next, files: [first!] }, /lacks the source of that$/);
  await fetch(t, next);
  t.same(state(), of('99.2.0-2'));
});

t.test('own work in the tree is not lost', async (t) => {
  const good = release('99.3.0-1');
  await fetch(t, good);
  write(path.join(tree, 'lib/net.js'), 'mine\n');
  await t.rejects(fetch(t, release('99.3.0-2')), { message: /has changes/ });
  t.equal(readFileSync(path.join(tree, 'lib/net.js'), 'utf8'), 'mine\n');
  process.env['KEEP_TREE'] = '1';
  t.match((await fetch(t, release('99.3.0-3'))).did, /^99\.3\.0-1 is here/, 'it can be built as it is, as the message says');
  delete process.env['KEEP_TREE'];
  t.equal((await fetch(t, release('99.3.0-3'), true)).version, '99.3.0-1', 'and exported');
  execFileSync('git', ['checkout', '--quiet', '--', '.'], { cwd: tree });
  await fetch(t, good);
});

t.test('killed at any step, the old base stays or the new one is whole, and the next run goes on', async (t) => {
  const program = `
    import { fetchBase } from ${JSON.stringify(pathToFileURL(path.join(root, 'tools', 'build', 'move.ts')).href)};
    const [line, locked] = JSON.parse(process.argv[1]);
    await fetchBase(line, locked);
    console.log('  made');`;
  for (const [turn, step] of ['nodejs 99', 'packages for the sysroot', 'put back', 'made'].entries()) {
    const old = release(`99.4.${turn}-1`);
    await fetch(t, old);
    const next = release(`99.4.${turn}-2`);
    rmSync(path.join(home, 'out', 'cache'), { recursive: true, force: true });
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program, JSON.stringify([line, next])], { cwd: root });
    for await (const said of createInterface(child.stdout)) {
      if (!said.includes(step)) continue;
      child.kill('SIGKILL');
      break;
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    t.match(state().record, step === 'made' ? '99.4.3-2' : old.version, `at "${step}"`);
    await fetch(t, next);
    t.same(state(), of(next.version));
  }
});

t.test('killed while one tree takes the place of the other', async (t) => {
  const old = release('99.5.0-1');
  await fetch(t, old);
  // As it is between the two moves.
  execFileSync('mv', [tree, `${tree}.old`]);
  t.match((await fetch(t, old)).did, /nothing to download$/);
  t.same(state(), of('99.5.0-1'));
  // And after them.
  execFileSync('cp', ['-r', tree, `${tree}.old`]);
  await fetch(t, old);
  t.notOk(existsSync(`${tree}.old`));
});

t.test('a folder that a program is still writing to is removed', async (t) => {
  for (let turn = 0; turn < 5; turn++) {
    const folder = path.join(t.testdir({}), 'x');
    const writer = spawn('sh', ['-c', `for i in $(seq 300); do mkdir -p ${folder}/$i/y && : > ${folder}/$i/y/z; done`]);
    while (!existsSync(path.join(folder, '9'))) await setTimeout(1);
    await remove(folder);
    if (writer.exitCode === null) await once(writer, 'exit');
  }
});
