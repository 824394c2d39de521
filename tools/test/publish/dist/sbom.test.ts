import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { chooseLine } from '../../../core/lines.ts';
import type { DebianPackage } from '../../../publish/dist/libraries.ts';
import { listParts, npmPackages, type Parts, partsInside, uuidOf, writeParts } from '../../../publish/dist/sbom.ts';
import { write } from '../../files.ts';
import { baseRecord } from '../../repository.ts';

const base = { ...baseRecord('0'), version: '24.21.0+dfsg-1' };

const zlib: DebianPackage = {
  name: 'zlib1g',
  version: '1:1.3.dfsg-3',
  architecture: 'amd64',
  source: 'zlib',
  sourceVersion: '1:1.3.dfsg-3',
  copyright: '/nowhere',
  licences: ['Zlib', 'Debian-only'],
};

function parts(t: Test, change: Partial<Parts> = {}): Parts {
  const folder = t.testdir({ 'node': 'binary', 'libz.so.1': 'library' });
  return {
    line: chooseLine('v24.x'),
    base,
    binary: path.join(folder, 'node'),
    libraries: [{ name: 'libz.so.1', file: path.join(folder, 'libz.so.1'), package: zlib }],
    inside: { v8: '13.6' },
    npm: [{ name: '@npmcli/fs', version: '1.0.0', license: 'ISC' }, { name: 'odd', version: '2.0.0', license: '(MIT OR CC0-1.0)' }],
    ...change,
  };
}

interface Listed {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string };
  readonly components: ReadonlyArray<{ readonly name: string; readonly purl?: string; readonly licenses?: unknown }>;
}

t.test('a list of parts', async (t) => {
  const given = parts(t);
  const text = await listParts(given);
  const list = JSON.parse(text) as Listed;
  t.equal(list.metadata.timestamp, '2023-11-14T22:13:20.000Z', 'the date is the base\'s');
  const named = (name: string) => list.components.find((component) => component.name === name);
  t.equal(named('nodejs')?.purl, 'pkg:deb/debian/nodejs@24.21.0+dfsg-1?arch=source');
  t.match(named('zlib1g'), {
    purl: 'pkg:deb/debian/zlib1g@1:1.3.dfsg-3?arch=amd64',
    licenses: [{ license: { name: 'Debian-only' } }, { license: { id: 'Zlib' } }],
    components: [{ name: 'lib/bindery/libz.so.1', hashes: [{ alg: 'SHA-256' }] }],
  });
  t.match(named('@npmcli/fs')?.purl, 'pkg:npm/%40npmcli/fs@1.0.0');
  t.match(named('odd')?.licenses, [{ expression: '(MIT OR CC0-1.0)' }]);
  t.ok(named('bindery:socket-options'), 'the proposals are in it');
  t.ok(named('v8'));
  t.equal(await listParts({ ...given, npm: [...given.npm].reverse() }), text, 'the order of what it is made of has no part in it');
  const other = JSON.parse(await listParts({ ...given, inside: { v8: '13.7' } })) as Listed;
  t.not(other.serialNumber, list.serialNumber);
  writeFileSync(given.binary, 'another');
  t.not((JSON.parse(await listParts(given)) as Listed).serialNumber, list.serialNumber);
});

t.test('a list that is written is valid', async (t) => {
  const given = parts(t);
  const file = path.join(path.dirname(given.binary), 'list.json');
  t.ok(await writeParts(file, given) >= 8);
  const overlong = { name: 'odd', version: '1'.repeat(1025), license: undefined };
  await t.rejects(writeParts(file, { ...given, npm: [overlong] }), /is not what its schema says/);
});

t.test('npm packages in a folder', async (t) => {
  const folder = t.testdir({ 'package.json': '{"name": "npm", "version": "11.0.0", "license": "Artistic-2.0"}' });
  const put = (where: string, text: string) => { write(path.join(folder, where, 'package.json'), text); };
  put('node_modules/a', '{"name": "a", "version": "1.0.0"}');
  put('node_modules/b/node_modules/a', '{"name": "a", "version": "1.0.0"}');
  put('node_modules/@s/c', '{"name": "@s/c", "version": "3.0.0", "license": {"type": "MIT"}}');
  put('node_modules/b/dist/esm', '{"type": "module"}');
  const found = await npmPackages(folder);
  t.same(found.map(({ name, version }) => `${name}@${version}`).sort(), ['@s/c@3.0.0', 'a@1.0.0', 'npm@11.0.0']);
  t.equal(found.find(({ name }) => name === '@s/c')?.license, undefined, 'what is no expression is left out');
});

t.test('what is inside and not carried', async (t) => {
  const versions = { node: '24', v8: '13', zlib: '1.3', ada: '3', openssl: '3.6', modules: '137', ngtcp2: '' };
  t.same(partsInside(versions, ['libz.so.1', 'libcrypto.so.3', 'libada-url0.so.3']), { v8: '13' });
  t.same(partsInside(versions, ['libcrypto.so.3']), { v8: '13', zlib: '1.3', ada: '3' });
});

t.test('a UUID of a text', async (t) => {
  t.match(uuidOf('a'), /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  t.not(uuidOf('a'), uuidOf('b'));
});
