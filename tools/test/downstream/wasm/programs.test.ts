import path from 'node:path';
import t from 'tap';
import type { Compiled } from '../../../downstream/wasm/emscripten.ts';
import { type Outcome, passes, preloadFault, PROGRAMS, programTable, rowFaults, runPrograms } from '../../../downstream/wasm/programs.ts';
import { program } from '../../files.ts';

const pass: Outcome = { outcome: 'pass', said: '' };
const fail: Outcome = { outcome: 'fail', said: 'x.c:1: not so: y' };
const skip: Outcome = { outcome: 'skip', said: 'none here' };
const all = { native: pass, official: fail, plain: pass, library: pass };

t.test('which runs count', async (t) => {
  const row = { program: { name: 'a' }, ...all };
  t.same([rowFaults(row), passes(row)], [[], 3]);
  t.same(rowFaults({ ...row, native: fail }), ['a, in C: x.c:1: not so: y']);
  t.same(rowFaults({ ...row, plain: fail, library: fail }).length, 2);
  t.same([rowFaults({ ...row, library: skip }), passes({ ...row, library: skip })], [['a, with our library: none here'], 2]);
  const everywhere = { ...row, native: skip, plain: skip, library: skip };
  t.same([rowFaults(everywhere), passes(everywhere)], [[], 0]);
  t.same(rowFaults({ ...row, program: { name: 'a', mayLack: true }, plain: skip, library: skip }), []);
  const library = { ...row, program: { name: 'a', needsLibrary: true }, plain: fail };
  t.same([rowFaults(library), passes(library)], [[], 2]);
});

t.test('the table', async (t) => {
  t.same(programTable([
    { program: { name: 'a' }, ...all, officialWithBinding: pass },
    { program: { name: 'unix' }, ...all, plain: skip, library: skip, officialWithBinding: fail },
  ], '20.19.2', 'v20.x'), [
    'a C program  in C  Emscripten, official v20.19.2  Emscripten, v20.x  with our library',
    'a            pass          needs process.binding               pass              pass',
    'unix         pass                          fails                  -                 -',
    '- unix: none here',
  ]);
});

t.test('the preload bites', async (t) => {
  t.equal(await preloadFault(process.execPath), undefined);
  const tame = program(path.join(t.testdir(), 'node'), 'echo 3');
  t.equal(await preloadFault(tame), 'of 3 handles 3 can be had without it, 3 with it');
});

t.test('programs, natively and on two binaries', async (t) => {
  const dir = t.testdir();
  const script = (name: string, text: string) => program(path.join(dir, name), text);
  // The stand-in for the official binary fails if process.binding() is refused.
  const official = script('official', '[ "$1" = --require ] && { echo "Error: refused"; exit 1; }; exit 0');
  const node = script('node', 'case "$3" in *plain) echo none here; exit 77;; *hangs) kill -9 $$;; esac; [ $# -ge 3 ]');
  const forms: Compiled = { native: script('native', 'exit 0'), plain: 'plain', library: 'hangs' };
  const rows = await runPrograms(new Map(PROGRAMS.map(({ name }) => [name, forms])), node, official);
  t.equal(rows.length, PROGRAMS.length);
  for (const { native, official: refused, officialWithBinding, plain, library } of rows) {
    t.same([native, refused, officialWithBinding, plain], [pass, { outcome: 'fail', said: 'Error: refused' }, pass, skip]);
    t.match(library, { outcome: 'fail', said: /ended by SIGKILL/ });
  }
});
