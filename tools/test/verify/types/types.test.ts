import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { constantsOfSource } from '../../../build/foreign/constants.ts';
import { loadLines } from '../../../core/lines.ts';
import { root } from '../../../core/paths.ts';
import { projectVersion } from '../../../core/project.ts';
import { blocksIn, blocksOf, printsOf } from '../../../verify/types/blocks.ts';
import { compareTypes, withoutKnown } from '../../../verify/types/compare.ts';
import { constantFaults } from '../../../verify/types/constants.ts';
import { countsOf, declared, type Declared } from '../../../verify/types/declared.ts';
import { mutations } from '../../../verify/types/mutations.ts';
import { Compiler, faultsOf, STRICT } from '../../../verify/types/program.ts';
import { headingsOf, parametersOf, type Runtime } from '../../../verify/types/runtime.ts';
import { stage, stagedPackage } from '../../../verify/types/stage.ts';
import { errorsIn } from '../../../verify/types/types.ts';

const read = (...names: string[]) => readFileSync(path.join(root, ...names), 'utf8');

t.test('parametersOf() counts parameters, with a default or without', async (t) => {
  t.equal(parametersOf('function setsockopt(level, optname, value) { return this; }'), 3);
  t.equal(parametersOf('function(enable, initialDelay) {}'), 2);
  t.equal(parametersOf('bindSync(options = {}) {}'), 1);
  t.equal(parametersOf('[SymbolDispose]() {}'), 0);
  t.equal(parametersOf('class Bound { #handle = null; address() {} constructor(options = {}) {} }'), 1);
  t.equal(parametersOf('function listen(...args) {}'), undefined, 'any number');
  t.equal(parametersOf('function bind() { [native code] }'), undefined, 'not to be read');
});

t.test('headingsOf() reads what methods take from the manual', async (t) => {
  const found = headingsOf('net', [
    '### `socket.getsockopt(level, optname[, length])`',
    '#### `socket.setKeepAlive([options])`',
    '#### `socket.setKeepAlive([enable][, initialDelay])`',
    '### `new net.BoundSocket([options])`',
    '### `boundSocket[Symbol.dispose]()`',
    '### `net.isIP(input)`',
  ].join('\n'));
  t.strictSame([...headingsOf('process', '## `process.send(message[, sendHandle[, options]][, callback])`')],
               [['NodeJS.Process#send', [[1, 4]]]]);
  t.strictSame([...found], [
    ['net.Socket#getsockopt', [[2, 3]]],
    ['net.Socket#setKeepAlive', [[0, 1], [0, 2]]],
    ['net.BoundSocket#constructor', [[0, 1]]],
    ['net.BoundSocket#Symbol.dispose', [[0, 0]]],
  ]);
  t.strictSame([...countsOf([[0, 1], [3, 4]])], [0, 1, 3, 4]);
});

t.test('blocksIn() finds the code of documents and of comments', async (t) => {
  const text = 'Text.\n\n```cjs\nlet a;\n```\n\n```console\n$ ls\n```\n\n     * ```mjs\n     * let b;\n     *\n     *   let c;\n     * ```\n';
  t.strictSame(blocksIn('a.md', text), [
    { where: 'a.md:3', extension: 'cjs', code: 'let a;\n' },
    { where: 'a.md:11', extension: 'mjs', code: 'let b;\n\n  let c;\n' },
  ]);
  t.strictSame(printsOf('a(); // Prints: 1 2\n// Prints: 1 on Linux, 65535 on macOS\nb(); // Prints a number.'), ['1 2', '1']);
});

t.test('blocksOf() takes the texts of pull requests', async (t) => {
  const found = await blocksOf(loadLines().lines.get('v24.x')!);
  const files = new Set(found.map(({ where }) => where.replace(/:\d+$/, '')));
  t.ok(files.has('patches/fix-connect-again/description.md'));
  t.ok(files.has('patches/keep-alive-options/landed.description.md'));
  t.notOk(files.has('patches/keep-alive-options/description.md'));
});

t.test('errorsIn() keeps an error and what explains it together', async (t) => {
  t.strictSame(errorsIn('a.ts(1,1): error TS1: A\n  because\nb.ts(2,2): error TS2: B\n'),
               ['a.ts(1,1): error TS1: A\n  because', 'b.ts(2,2): error TS2: B']);
  t.strictSame(errorsIn('\n'), []);
});

const nothing: Declared = { claims: [], owners: new Map(), exports: new Map(), ownExports: [], oneClass: true };
const bare: Runtime = {
  exports: {},
  oneClass: true,
  classes: {},
  constants: { names: [], frozen: true, integers: true },
  options: {},
  adopting: [],
  taking: [],
  transferring: [],
  sending: [],
  headings: new Map(),
};
const claim = { owner: 'net.Socket', name: 'getsockopt', kind: 'method', readonly: false, optional: false } as const;
const found = (declared: Partial<Declared>, runtime: Partial<Runtime>) =>
  compareTypes({ ...nothing, ...declared }, { ...bare, ...runtime });

t.test('compareTypes() finds what is on one side alone', async (t) => {
  const method = { name: 'getsockopt', kind: 'method', source: 'function getsockopt(a, b, c) {}' } as const;
  const headings = new Map([['net.Socket#getsockopt', [[2, 3]] as const]]);
  const owner = (...counts: number[]) => new Map([[
    'net.Socket', { members: new Set(['getsockopt']), accepts: new Map([['getsockopt', new Set(counts)]]) },
  ]]);
  const runtime = { classes: { 'net.Socket': [method] }, headings };
  t.strictSame(found({ claims: [claim], owners: owner(2, 3) }, runtime), []);
  t.match(found({ claims: [claim], owners: owner(2, 3) }, { classes: { 'net.Socket': [] } }), [{ why: 'the runtime does not have it' }]);
  t.match(found({}, runtime), [{ what: 'net.Socket#getsockopt', why: 'the declarations do not have it' }]);
  t.match(found({ claims: [claim], owners: owner(3) }, runtime), [{ why: /manual gives it 2, 3 arguments, the declarations 3/ }]);
  t.match(found({ claims: [claim], owners: owner(2) }, runtime), [{ why: /it has 3 parameters/ }]);
  t.match(found({ claims: [claim], owners: owner(2, 3) }, { ...runtime, headings: new Map() }), [{ why: /no heading/ }]);
  t.match(found({ claims: [{ ...claim, owner: 'net.Unheard' }] }, {}), [{ why: /nothing at run time/ }]);
  t.match(found({}, { constants: { ...bare.constants, names: ['SO_NEW'] } }), [{ what: 'net.constants.SO_NEW' }]);
  t.match(found({}, { options: { BindSyncOptions: ['port'] } }), [{ what: 'dgram.BindSyncOptions#port' }]);
  t.match(found({}, { adopting: ['tls.ConnectionOptions'] }), [{ what: 'tls.ConnectionOptions#handle' }]);
  const clone = 'globalThis.structuredClone';
  t.strictSame(found({ ownExports: [clone] }, { transferring: [clone] }), []);
  t.match(found({ ownExports: [clone] }, {}), [{ what: clone, why: /does not transfer/ }]);
  t.match(found({}, { transferring: [clone] }), [{ what: clone, why: /do not let/ }]);
  const post = { ...claim, owner: 'worker_threads.Worker', name: 'postMessage' };
  t.strictSame(found({ claims: [post] }, { transferring: ['worker_threads.Worker#postMessage'] }), []);
  t.match(found({ claims: [post] }, {}), [{ why: /does not transfer/ }]);
  const send = { ...claim, owner: 'NodeJS.Process', name: 'send' };
  const sender = 'NodeJS.Process#send';
  const sends = { sending: [sender], headings: new Map([[sender, [[1, 4]] as const]]) };
  const takes = (...counts: number[]) => new Map([[
    'NodeJS.Process', { members: new Set(['send']), accepts: new Map([['send', new Set(counts)]]) },
  ]]);
  t.strictSame(found({ claims: [send], owners: takes(1, 2, 3, 4) }, sends), []);
  t.match(found({ claims: [send], owners: takes(1, 2, 3, 4, 5) }, sends), [{ what: sender, why: /the manual gives it 1, 2, 3, 4 arguments/ }]);
  t.match(found({ claims: [send], owners: takes(1, 2, 3, 4) }, { ...sends, headings: new Map() }), [{ why: /no heading/ }]);
  t.match(found({ claims: [send], owners: takes(1, 2, 3, 4) }, { ...sends, sending: [] }), [{ what: sender, why: /does not send/ }]);
  t.match(found({}, sends), [{ what: sender, why: /do not let it send/ }]);
  const listen = { ...send, name: 'addListener' };
  t.strictSame(found({ claims: [listen] }, { sending: ['NodeJS.Process#addListener'] }), []);
  t.match(found({ claims: [listen] }, {}), [{ what: 'NodeJS.Process#addListener', why: /nor receive/ }]);
  t.match(found({}, { exports: { net: ['BoundPort', '_internal'] } }), [{ what: 'net.BoundPort' }]);
  t.match(found({ ownExports: ['net.BoundPort'] }, {}), [{ why: 'the runtime does not have it' }]);
  t.match(found({ oneClass: false }, {}), [{ what: 'net.BoundHandle' }]);
});

t.test('withoutKnown() leaves out what is known, and finds what no longer is', async (t) => {
  const exceptions = [{ lines: ['v24.x'], what: 'a', reason: 'it is so' }, { what: 'b', reason: 'it is so' }];
  const [a, b, c] = [{ what: 'a', why: '' }, { what: 'b', why: '' }, { what: 'c', why: '' }];
  t.strictSame(withoutKnown('v24.x', [a, b, c], exceptions), [c]);
  t.strictSame(withoutKnown('v20.x', [a, b], exceptions), [a]);
  t.match(withoutKnown('v24.x', [b], exceptions), [{ what: 'a', why: /no longer applies/ }]);
});

t.test('the package has the version and the licence of the project', async (t) => {
  const { version, private: kept } = JSON.parse(read('typings', 'package.json')) as { version: string; private?: boolean };
  t.equal(version, projectVersion());
  t.equal(kept, undefined, 'it can be published');
  t.equal(read('typings', 'LICENSE'), read('LICENSE'));
});

t.test('the error codes are those of the manual', async (t) => {
  const codesOf = (text: string) => [...new Set(text.match(/\bERR_\w+/g))].sort();
  const source = read('typings', 'index.d.ts');
  const declaredCodes = (name: string) => {
    const [, after] = source.split(`export type ${name} =`) as [string, string];
    return codesOf(after.split('export type')[0]!.replaceAll(/\/\*\*.*?\*\//gs, ''));
  };
  const manual = (...files: string[]) =>
    codesOf(files.map((file) => read('doc-api', file)).join('\n').replaceAll(/^\[.*\]: .*$/gm, ''));
  t.strictSame(declaredCodes('BoundSocketErrorCode'), manual(
    'net-bound-handle-class.net.md', 'bound-handle-function.net.md', 'bound-handle-sharing.net.md',
    'bound-handle-fd.net.md', 'bound-handle-sending.net.md', 'bound-handle-sending.child_process.md'));
  t.strictSame(declaredCodes('DatagramSyncErrorCode'), manual(
    'dgram-bind-sync.dgram.md', 'bound-handle-sharing.dgram.md', 'bound-handle-fd.dgram.md'));
  t.strictSame(declaredCodes('SocketOptionErrorCode'), manual('socket-options.net.md'));
});

t.test('the declarations in the checkout', async (t) => {
  const compiler = new Compiler();
  const folder = t.testdir();
  for (const major of [20, 26] as const) {
    await stage(folder, major);
    const now = declared(compiler, folder);
    t.strictSame(constantFaults(now), [], `constants are those of the source, beside @types/node ${major}`);
    t.ok(now.oneClass, 'BoundHandle is BoundSocket');
    const senders = now.claims.filter(({ name, owner }) => name === 'send' && owner !== 'dgram.Socket').map(({ owner }) => owner);
    t.strictSame(senders.sort(), ['NodeJS.Process', 'child_process.ChildProcess', 'cluster.Worker']);
    t.equal(constantsOfSource().size, now.claims.filter(({ owner }) => owner === 'net.SocketConstants').length);
    const entry = path.join(folder, 'use.mts');
    const use = 'import net from "node:net";\nimport type {} from "@bindery/types";\nnew net.BoundHandle().getsockopt(1, 2) satisfies number;\n';
    // `make types` checks the declarations themselves, which takes a while.
    const faults = (text: string) =>
      faultsOf(compiler.program(folder, [entry], new Map([[entry, text]]), { ...STRICT, skipLibCheck: true }));
    t.strictSame(faults(use), []);
    t.match(faults(use.replace('2)', '2, 3)')), [/use\.mts:3: TS1360/]);
  }
});

t.test('a mutation of the constants is found without a binary', async (t) => {
  const compiler = new Compiler();
  const folder = t.testdir();
  await stage(folder, 20);
  const ofConstants = mutations().filter(({ found }) => found?.startsWith('net.constants.') && found !== 'net.constants.SO_TYPE');
  t.ok(ofConstants.length >= 6);
  for (const { name, file, text, found } of ofConstants) {
    const overlay = new Map([[path.join(stagedPackage(folder), file), text]]);
    const faults = constantFaults(declared(compiler, folder, overlay));
    t.strictSame(faults.map(({ what }) => what), [found], name);
  }
});
