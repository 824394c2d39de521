import path from 'node:path';
import t, { type Test } from 'tap';
import { root } from '../../core/paths.ts';
import { run } from '../../core/run.ts';

/** What the linter of imports says of some tools. */
async function faults(t: Test, tools: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<string> {
  const cwd = t.testdir({ tools, 'tsconfig.json': '{}' });
  const program = path.join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const args = [program, '--config', path.join(root, '.dependency-cruiser.mjs'), 'tools'];
  const { stdout, code } = await run(process.execPath, args, { cwd, accept: 'any' });
  t.equal(code === 0, stdout.includes('no dependency violations'));
  return stdout;
}

const one = 'export const one = 1;\n';

t.test('an earlier stage', async (t) => {
  t.match(await faults(t, { core: { 'a.ts': one }, verify: { 'b.ts': 'export { one } from \'../core/a.ts\';\n' } }), 'no dependency violations');
});

t.test('a later stage', async (t) => {
  t.match(await faults(t, { core: { 'a.ts': 'export { one } from \'../verify/b.ts\';\n' }, verify: { 'b.ts': one } }),
          'error core-imports-no-later-stage: tools/core/a.ts');
});

t.test('a test', async (t) => {
  t.match(await faults(t, { verify: { 'a.ts': 'export { one } from \'../test/b.ts\';\n' }, test: { 'b.ts': one } }),
          'error verify-imports-no-later-stage: tools/verify/a.ts');
});

t.test('a later stage, when it is called', async (t) => {
  t.match(await faults(t, { core: { 'a.ts': 'export const load = () => import(\'../verify/b.ts\');\n' }, verify: { 'b.ts': one } }),
          'error core-imports-no-later-stage: tools/core/a.ts');
});

t.test('a cycle of types alone', async (t) => {
  t.match(await faults(t, {
    core: {
      'a.ts': 'import type { B } from \'./b.ts\';\nexport interface A { b?: B }\n',
      'b.ts': 'import type { A } from \'./a.ts\';\nexport interface B { a?: A }\n',
    },
  }), 'error no-cycle: tools/core/a.ts');
});

t.test('a module that nobody imports', async (t) => {
  t.match(await faults(t, { core: { 'a.ts': one } }), 'error no-orphan: tools/core/a.ts');
});

t.test('a folder that is no stage', async (t) => {
  t.match(await faults(t, { core: { 'a.ts': one }, more: { 'b.ts': 'export { one } from \'../core/a.ts\';\n' } }),
          'error every-folder-is-a-stage: tools/more/b.ts');
});
