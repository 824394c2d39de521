import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { compileStart, LIBRARIES, MOVABLE } from '../../../publish/dist/link.ts';

// Prints its arguments and its environment, and exits with 5.
const PROGRAM = `
#define _GNU_SOURCE
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

static _Thread_local int own = 7;
static char zero[300000];

static int count(struct dl_phdr_info* info, size_t size, void* data) {
  (void)size;
  *(int*)data += info->dlpi_phnum > 2;
  return 0;
}

int main(int argc, char** argv) {
  char exe[4096];
  ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe));
  int contiguous = argv[1] == argv[0] + __builtin_strlen(argv[0]) + 1;
  int seen = 0;
  printf("%d|%s|%s|%d|%d|%d|%d|", argc, argv[1], getenv("GIVEN"), own, zero[299999], contiguous,
         getauxval(AT_BASE) != 0 && getauxval(AT_ENTRY) != 0);
  dl_iterate_phdr(count, &seen);
  printf("%d|%.*s\\n", seen >= 3, (int)length, exe);
  return 5;
}
`;

const linker = { x64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' }[process.arch as string] ?? '';
function fromCompiler(name: string): string {
  return realpathSync(execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim());
}

interface Movable {
  readonly program: string;
  readonly home: string;
  readonly run: (file?: string) => { status: number | null; stdout: string; stderr: string };
}

/** A movable program, in a folder with a space and an ü, with this machine's libraries. */
async function movable(t: Test): Promise<Movable> {
  const home = path.join(realpathSync(t.testdir({ 'a ü': { bin: {}, lib: { bindery: {} } } })), 'a ü');
  const start = path.join(home, 'start.o');
  await compileStart('gcc', start);
  writeFileSync(path.join(home, 'program.c'), PROGRAM);
  const program = path.join(home, 'bin', 'program');
  const link = `gcc -fPIE program.c start.o ${MOVABLE} -o bin/program`;
  execFileSync('sh', ['-c', link], { cwd: home });
  for (const name of [linker, 'libc.so.6']) copyFileSync(fromCompiler(name), path.join(home, LIBRARIES, name));
  chmodSync(path.join(home, LIBRARIES, linker), 0o755);
  const run = (file = program) => spawnSync(file, ['one two'], { env: { GIVEN: 'ü' }, encoding: 'utf8' });
  return { program, home, run };
}

t.test('the start code of a binary that can be moved', { skip: linker === '' }, async (t) => {
  const { program, home, run } = await movable(t);

  t.test('loads it with the libraries beside it', async (t) => {
    const { status, stdout, stderr } = run();
    t.equal(stderr, '');
    t.equal(status, 5, 'the program\'s own exit code');
    const [argc, argument, given, own, zero, contiguous, auxiliary, headers, exe] = stdout.trim().split('|');
    t.same([argc, argument, given], ['2', 'one two', 'ü']);
    t.same([own, zero], ['7', '0'], 'thread-local data is there, and what must be zero is');
    t.same([contiguous, auxiliary], ['1', '1'], 'arguments lie where the kernel put them');
    t.equal(headers, '1', 'unwinders find the program and its libraries');
    t.equal(exe, program);
  });

  t.test('takes no library from elsewhere', async (t) => {
    const { stdout } = spawnSync(program, ['x'], { env: { LD_TRACE_LOADED_OBJECTS: '1' }, encoding: 'utf8' });
    const places = [...stdout.matchAll(/=> (\/.*) \(0x/g)].map((match) => realpathSync(match[1]!));
    t.ok(places.length > 0);
    t.same(places.filter((place) => !place.startsWith(`${home}/lib/`)), []);
  });

  t.test('is found by a symbolic link', async (t) => {
    const link = path.join(home, 'link');
    symlinkSync(program, link);
    t.equal(run(link).status, 5);
  });

  t.test('runs many times, wherever the kernel puts it', async (t) => {
    t.same(new Set(Array.from({ length: 50 }, () => run().status)), new Set([5]));
  });

  t.test('does not run with more rights than its user has', { skip: process.getuid?.() !== 0 }, async (t) => {
    const other = path.join(home, 'bin', 'other');
    copyFileSync(program, other);
    chownSync(other, 65534, 65534);
    chmodSync(other, 0o4755);
    const { status, stderr } = run(other);
    t.equal(status, 127);
    t.match(stderr, /^node: it has the set-user-ID bit .*; take them away .*\n$/);
  });

  t.test('what is no dynamic linker', async (t) => {
    const kept = path.join(home, 'kept');
    const file = path.join(home, LIBRARIES, linker);
    copyFileSync(file, kept);
    const otherMachine = readFileSync(file);
    otherMachine.writeUInt16LE(40, 18);
    for (const content of ['', 'no linker', `\x7fELF${'\0'.repeat(4000)}`, otherMachine]) {
      writeFileSync(file, content);
      const { status, stderr } = run();
      t.equal(status, 127);
      t.match(stderr, /^node: .*a ü\/bin\/\.\.\/lib\/bindery\/ld-linux.* is not a dynamic linker of this machine; unpack .*\n$/);
    }
    copyFileSync(kept, file);
    t.equal(run().status, 5);
  });

  t.test('no dynamic linker', async (t) => {
    rmSync(path.join(home, 'lib'), { recursive: true });
    mkdirSync(path.join(home, 'lib'));
    const { status, stderr } = run();
    t.equal(status, 127);
    t.match(stderr, /^node: .* cannot be opened; unpack the whole .*\n$/);
  });
});
