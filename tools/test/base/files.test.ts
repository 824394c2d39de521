import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { LockedFile } from '../../base/lock.ts';
import { describe } from '../../core/errors.ts';
import { write } from '../files.ts';
import { quietly } from '../process.ts';

// Everything is fetched into a folder of this test.
const home = t.testdir({});
process.env['BINDERY_OUT'] = path.join(home, 'out');
delete process.env['BINDERY_FILES'];
const { keep, obtain } = await import('../../base/files.ts');

const cache = path.join(home, 'out', 'cache', 'files');
const DATE = '2026-10-30T08:08:01Z';

const locked = (file: string, content: string): LockedFile =>
  ({ path: file, sha256: createHash('sha256').update(content).digest('hex'), size: content.length });

const one = locked('pool/main/o/one_1+2~3_all.deb', 'one');
const two = locked('pool/main/t/two_1.orig.tar.xz', 'two');

/** A fresh mirror and an empty cache. */
function begin(t: Test): string {
  rmSync(path.join(home, 'out'), { recursive: true, force: true });
  const mirror = path.join(t.testdir({}), 'debian');
  mkdirSync(mirror);
  process.env['BINDERY_MIRROR'] = `file://${mirror}`;
  process.env['BINDERY_SNAPSHOT'] = `file://${path.dirname(mirror)}/snapshots`;
  delete process.env['BINDERY_FILES'];
  return mirror;
}

/** The fetched files, and what was printed. */
async function got(t: Test, files: readonly LockedFile[]): Promise<{ texts: readonly string[]; said: string }> {
  const said: string[] = [];
  const places = await quietly(t, () => obtain(files, DATE), said);
  return { texts: files.map((file) => readFileSync(places.get(file.path)!, 'utf8')), said: said.join('') };
}

t.test('a file comes from the archive that has it, and is kept', async (t) => {
  const mirror = begin(t);
  write(path.join(mirror, one.path), 'one');
  write(path.join(`${mirror}-security`, two.path.replace('pool/', 'pool/updates/')), 'two');
  t.same((await got(t, [one, two])).texts, ['one', 'two']);
  t.equal(readFileSync(path.join(cache, one.path), 'utf8'), 'one');
  t.notOk(existsSync(path.join(home, 'out', 'cache', 'incoming')), 'nothing is left beside');
  rmSync(mirror, { recursive: true });
  t.same((await got(t, [one, two])).texts, ['one', 'two'], 'without the mirror');
});

t.test('an archive of snapshots has what the mirror has no longer', async (t) => {
  const mirror = begin(t);
  const moment = '20261030T200801Z';
  const snapshots = path.join(path.dirname(mirror), 'snapshots');
  write(path.join(snapshots, 'debian', moment, one.path), 'one');
  write(path.join(snapshots, 'debian-security', moment, two.path.replace('pool/', 'pool/updates/')), 'two');
  t.same((await got(t, [one, two])).texts, ['one', 'two']);
});

t.test('a byte that changed in the cache is seen, and the file fetched anew', async (t) => {
  const mirror = begin(t);
  write(path.join(mirror, one.path), 'one');
  await got(t, [one]);
  write(path.join(cache, one.path), 'onE');
  const { texts, said } = await got(t, [one]);
  t.same(texts, ['one']);
  t.match(said, `${one.path} in `);
  t.match(said, 'is not what bases.lock.json says');
  write(path.join(cache, one.path), 'onE');
  rmSync(mirror, { recursive: true });
  await t.rejects(obtain([one], DATE), { name: 'UserError', message: /names pool\/main\/o\/one_1\+2~3_all\.deb with sha256 [0-9a-f]{12}\.\.\., which is nowhere: the cache has another/ });
});

t.test('what is no file is none', async (t) => {
  const mirror = begin(t);
  write(path.join(mirror, one.path), 'one');
  const kept = path.join(path.dirname(mirror), 'kept');
  mkdirSync(path.join(kept, one.path), { recursive: true });
  process.env['BINDERY_FILES'] = kept;
  t.same((await got(t, [one])).texts, ['one'], 'a folder');
  rmSync(path.join(kept, one.path), { recursive: true });
  execFileSync('mkfifo', [path.join(kept, one.path)]);
  rmSync(path.join(home, 'out'), { recursive: true });
  t.same((await got(t, [one])).texts, ['one'], 'a pipe');
  rmSync(path.join(cache, one.path));
  mkdirSync(path.join(cache, one.path));
  t.match(describe(await obtain([one], DATE).catch((error: unknown) => error), 'out'), /^EISDIR: .*one_1\+2~3_all\.deb'; put right/);
});

t.test('an address that no archive has', async (t) => {
  const mirror = begin(t);
  process.env['BINDERY_SNAPSHOT'] = path.dirname(mirror);
  await t.rejects(obtain([one], DATE), { message: /^BINDERY_SNAPSHOT=\S+ is not an http, https or file address$/ });
  begin(t);
  process.env['BINDERY_MIRROR'] = `file://${mirror}/%zz%20`;
  await t.rejects(obtain([one], DATE), { message: /%zz%20\/pool\/ \((?!nothing came)/ });
});

t.test('a file that is nowhere is named, with where was looked and the ways out', async (t) => {
  const mirror = begin(t);
  write(path.join(mirror, one.path), 'another');
  process.env['BINDERY_FILES'] = path.join(path.dirname(mirror), 'kept');
  await t.rejects(obtain([one, two], DATE), {
    message: new RegExp(`^bases\\.lock\\.json names ${one.path.replaceAll(/[.+~]/g, '\\$&')} \\(and 1 more\\) .* the cache has none, ` +
      'BINDERY_FILES=\\S+ has none, file:\\S+/debian/pool/ \\(Hash Sum mismatch\\), file:\\S+/debian-security/pool/updates/ \\(.*\\), ' +
      'file:\\S+/snapshots/debian/\\S+/pool/ \\(.*\\), file:\\S+/snapshots/debian-security/\\S+/pool/updates/ \\(.*\\)$'),
    remedy: /BINDERY_FILES=<folder>.*BINDERY_SNAPSHOT=<url>.*make lock/,
  });
  t.notOk(existsSync(path.join(cache, one.path)), 'what has another hash is not taken');
});

t.test('a folder that was filled serves without any archive', async (t) => {
  const mirror = begin(t);
  write(path.join(mirror, one.path), 'one');
  write(path.join(mirror, two.path), 'two');
  const folder = path.join(home, 'kept');
  const { did } = await quietly(t, () => keep([one, two], DATE, folder));
  t.match(did, /^2 files in /);
  begin(t);
  process.env['BINDERY_FILES'] = folder;
  t.same((await got(t, [one, two])).texts, ['one', 'two']);

  begin(t);
  process.env['BINDERY_FILES'] = folder;
  write(path.join(folder, one.path), 'changed');
  await t.rejects(obtain([one, two], DATE), { message: /one_1\+2~3_all\.deb .*BINDERY_FILES=\S+ has another/ });
});
