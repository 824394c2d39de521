import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { bindAllLazily } from '../../base/lazy-binding.ts';
import { run } from '../../core/run.ts';

/** A library that calls another function of its own, and a program that calls it, as linked with some options. */
async function link(dir: string, ...options: readonly string[]): Promise<string> {
  await writeFile(path.join(dir, 'library.c'), 'int inner(int n) { return n * 2; }\nint outer(int n) { return inner(n) + 1; }\n');
  await writeFile(path.join(dir, 'program.c'), 'int outer(int);\nint main(void) { return outer(20); }\n');
  await run('gcc', ['-shared', '-fPIC', '-O0', ...options, 'library.c', '-o', 'libtried.so'], { cwd: dir });
  await run('gcc', ['program.c', '-L.', '-ltried', '-Wl,-rpath,$ORIGIN', '-o', 'program'], { cwd: dir });
  return path.join(dir, 'libtried.so');
}

async function linkage(library: string): Promise<{ isNow: boolean; isProtected: boolean; bound: number }> {
  const { stdout } = await run('readelf', ['--dynamic', '--program-headers', '--wide', library]);
  const program = path.join(path.dirname(library), 'program');
  const { code, stderr } = await run(program, [], { accept: 'any', env: { LD_DEBUG: 'bindings' } });
  if (code !== 41) throw new Error(`it gave ${code}: ${stderr}`);
  return {
    isNow: /BIND_NOW|Flags: NOW/.test(stdout),
    isProtected: /GNU_RELRO +\S+ \S+ \S+ (?!0x0+ )/.test(stdout),
    // Before it is initialized, or later.
    bound: Number(stderr.indexOf('`inner\'') > stderr.indexOf('transferring control')),
  };
}

t.test('a library that binds everything when it is loaded binds a function when it is called', async (t) => {
  const dir = t.testdir({});
  const library = await link(dir, '-Wl,-z,now,-z,relro');
  t.same(await linkage(library), { isNow: true, isProtected: true, bound: 0 });
  t.equal(await bindAllLazily(dir), 1);
  t.same(await linkage(library), { isNow: false, isProtected: true, bound: 1 });
  t.equal(await bindAllLazily(dir), 0, 'and once is enough');
});

t.test('other libraries, texts and programs stay as they are', async (t) => {
  const dir = t.testdir({ 'libtext.so': 'GROUP ( libother.so )\n' });
  const library = await link(dir, '-Wl,-z,lazy');
  const before = await readFile(library);
  t.equal(await bindAllLazily(dir), 0);
  t.ok(before.equals(await readFile(library)));
});
