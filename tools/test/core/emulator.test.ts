import path from 'node:path';
import t from 'tap';
import { root } from '../../core/paths.ts';
import { run } from '../../core/run.ts';

/** A processor that is built for, and is not this machine's. */
const OTHER = process.arch === 'arm64' ? 'x64' : 'arm64';
const DEBIAN = process.arch === 'arm64' ? 'amd64' : 'arm64';
const TRIPLET = process.arch === 'arm64' ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu';

const settings = (arch: string) => ({ ARCH: arch, BINDERY_OUT: undefined, FULL: undefined, LINE: undefined });

const bindery = (command: string, arch: string) =>
  run(process.execPath, ['--import', 'tsx', path.join(root, 'tools', 'bindery.ts'), command], {
    accept: 'any', cwd: root, env: settings(arch),
  });

t.test('ARCH names what is built, where, and what it is made of', async (t) => {
  const script = `
    import { linePaths, fullPaths } from './tools/core/paths.ts';
    import { prefix } from './tools/core/system.ts';
    import { lockedLine, needed } from './tools/base/lock.ts';
    import { officialPackage } from './tools/base/official.ts';
    console.log(JSON.stringify({
      node: linePaths('v24.x').node, beside: linePaths('v24.x-base').dir, full: fullPaths('v24.x').dir, prefix,
      official: officialPackage(), needed: needed(lockedLine('v24.x')).map((file) => file.path),
    }));`;
  const told = async (arch: string) => {
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await run(process.execPath, args, { cwd: root, env: settings(arch) });
    return JSON.parse(stdout) as Readonly<Record<string, string>> & { readonly needed: readonly string[] };
  };
  const [plain, own, other] = await Promise.all(['', process.arch, OTHER].map(told));
  t.same(own, plain, 'the machine\'s own processor is the default');
  t.equal(own!['node'], path.join(root, 'out', 'v24.x', 'bin', 'node'));
  t.equal(own!['prefix'], '');
  t.equal(other!['node'], path.join(root, 'out', `v24.x-${OTHER}`, 'bin', 'node'));
  t.equal(other!['beside'], path.join(root, 'out', `v24.x-base-${OTHER}`));
  t.equal(other!['full'], path.join(root, 'out', `v24.x-${OTHER}`, 'full'));
  t.equal(other!['prefix'], `${TRIPLET}-`);
  t.equal(other!['official'], `node-linux-${OTHER}`);
  const packages = (files: readonly string[]) =>
    [...new Set(files.filter((file) => file.endsWith('.deb')).map((file) => file.replace(/^.*_|\.deb$/g, '')))].sort();
  t.same(packages(other!.needed), ['all', DEBIAN].sort(), 'none of the machine\'s own');
  t.notOk(packages(own!.needed).includes(DEBIAN), 'none of the other\'s without being asked');
});

t.test('what cannot be built for it is refused, before anything is installed', async (t) => {
  const lint = await bindery('lint', OTHER);
  t.equal(lint.code, 1);
  t.match(lint.stderr, 'bindery: lint works on this machine\'s own processor only; leave out ARCH, or use it with one of apply, node,');
  const unknown = await bindery('node', 'amd64');
  t.equal(unknown.code, 1);
  t.match(unknown.stderr, 'bindery: ARCH=amd64 is no processor that is built for; use ARCH=x64 or ARCH=arm64');
});
