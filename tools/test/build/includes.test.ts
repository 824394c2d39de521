import t from 'tap';
import { IncludeGraph } from '../../build/includes.ts';

const files = {
  src: {
    'main.cc': '#include "a.h"\n#include <vector>\n',
    'a.h': '#pragma once\n  #  include "deep/b.h"\n#include "uv.h"\n',
    'c.h': '#include "deep/b.h"\n',
    'angle.cc': '#include <c.h>\n',
    'alone.cc': '// #include "c.h"\nint x;\n',
    'windows.cc': '#ifdef _WIN32\n#include "c.h"\n#endif\n',
    'round.h': '#include "deep/round.h"\n',
    'round.cc': '#include "round.h"\n#include "round.h"\n',
    'cut.cc': '#include "deep/cut.cc"\r\n',
    'uv.h': '',
    'deep': {
      'b.h': '#include "util.h"\n',
      'util.h': '#include "../d.h"\n',
      'same.h': '',
      'same.cc': '#include "same.h"\n',
      'root.cc': '#include "deep/same.h"\n',
      'up.cc': '#include "c.h"\n',
      'round.h': '#include "../round.h"\n#include "util.h"\n',
    },
    'same.h': '',
    'util.h': '',
    'd.h': '',
  },
};

t.test('what a file reaches', async (t) => {
  const graph = new IncludeGraph(t.testdir(files), ['src']);
  const reached = (file: string, ...targets: readonly string[]) => graph.reached(file, new Set(targets));

  t.same(reached('src/main.cc', 'src/d.h'), ['src/d.h'], 'through four files');
  t.same(reached('src/main.cc', 'src/c.h', 'src/d.h', 'src/a.h', 'src/nothing.h'), ['src/d.h', 'src/a.h'], 'only what it reaches');
  t.same(reached('src/alone.cc', 'src/c.h'), [], 'not what a comment names');
  t.same(reached('src/alone.cc', 'src/alone.cc'), ['src/alone.cc'], 'itself');
  t.same(reached('src/angle.cc', 'src/deep/b.h'), ['src/deep/b.h'], 'angle brackets');
  t.same(reached('src/windows.cc', 'src/c.h'), ['src/c.h'], 'a branch that is not taken here');
  t.same(reached('src/deep/same.cc', 'src/deep/same.h'), ['src/deep/same.h'], 'beside the file');
  t.same(reached('src/deep/root.cc', 'src/deep/same.h'), ['src/deep/same.h'], 'from the root of the sources');
  t.same(reached('src/deep/up.cc', 'src/d.h'), ['src/d.h'], 'from the root of the sources, by its bare name');
  t.same(reached('src/deep/util.h', 'src/d.h'), ['src/d.h'], 'a folder up');
  t.same(reached('src/round.cc', 'src/d.h', 'src/round.h'), ['src/d.h', 'src/round.h'], 'round a circle');
  t.same(reached('src/cut.cc', 'src/deep/cut.cc'), ['src/deep/cut.cc'], 'a file that is not there any more');
  t.same(reached('gen/none.cc', 'src/d.h'), [], 'a unit that is not there');
  t.same(reached('src/main.cc'), [], 'nothing asked');
});

t.test('only the given folders are looked in', async (t) => {
  const graph = new IncludeGraph(t.testdir(files), []);
  t.same(graph.reached('src/deep/up.cc', new Set(['src/d.h'])), []);
  t.same(graph.reached('src/main.cc', new Set(['src/d.h'])), ['src/d.h']);
});
