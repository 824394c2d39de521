import t from 'tap';
import { codeOf, cppMutations } from '../../../verify/mutate/cpp.ts';
import { mutantsOf } from '../../../verify/mutate/mutation.ts';

const changes = (text: string) => mutantsOf(text, cppMutations('src/x.cc', text)).map(({ change }) => change);

t.test('code without comments and quotes', async (t) => {
  const text = 'a("b\\"1", \'"\'); // c "d\n/* e\n1 */ f(L\'1\');\n';
  t.equal(codeOf(text), 'a(      ,    );        \n    \n     f(L   );\n');
  t.equal(codeOf(text).length, text.length);
});

t.test('conditions', async (t) => {
  t.same(changes('  if (Is(a)) return;'), ['(Is(a)) -> (false)', '(Is(a)) -> (true)']);
  t.same(changes('  while (Is(a)) a++;'), ['(Is(a)) -> (false)'], 'not one that never ends');
  t.same(changes('  if (auto a = b; a) return;'), []);
});

t.test('operators, but not those of types', async (t) => {
  t.same(changes('  bool c = a < b;'), ['< -> <=', '< -> >=']);
  t.same(changes('  bool c = a == b ||\n           d;'), ['== -> !=', '|| -> &&']);
  t.same(changes('  Map<int, Set<A>> a(B&& b, const C& c, D* d);'), []);
  t.same(changes('  a->b(c);'), []);
});

t.test('numbers and flags', async (t) => {
  t.same(changes('  int a = 1, b0 = sizeof(b2), c = 0x10, d = 1.5;'), ['1 -> 2']);
  t.same(changes('  bool a = true;'), ['true -> false']);
});

t.test('statements and results', async (t) => {
  t.same(changes('{\n  a->b(c,\n       d);\n}'), ['a->b(c, d); -> ;']);
  t.same(changes('{\n  a[b].c = d;\n}'), ['a[b].c = d; -> ;']);
  t.same(changes('{\n  Mutex::ScopedLock lock(mutex);\n}'), ['Mutex::ScopedLock lock(mutex); -> ;']);
  t.same(changes('{\n  int a = b;\n  A a(b);\n}'), [], 'not a declaration');
  t.same(changes('{\n  return f(a);\n}'), ['return f(a); -> return {};']);
  t.same(changes('{\n  return;\n  return 0;\n}'), ['0 -> 1']);
});

t.test('what says nothing about tests', async (t) => {
  t.same(changes('  CHECK(a == 1);\n  DCHECK_EQ(a, 1);\n  static_assert(a == 1);'), []);
  t.same(changes('{\n  registry->Register(f);\n  tracker->TrackField("a", b);\n}'), []);
  t.same(changes('#if A == 1 && B\n// a == 1\n#endif'), []);
});
