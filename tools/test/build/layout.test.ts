import t from 'tap';
import { otherLayouts, structuresIn } from '../../build/layout.ts';

const HEADER = `
#pragma once
namespace node {
template <typename T, int N = (1 > 0)>
class Base {
 public:
  virtual ~Base() = default;
  int run(int count = 3) { return count; }
};
struct Options : public Base<int, 2> {
  struct Inner final {
    bool on = false;
    explicit Inner(int value) : on{value > 0}, text_{} {}
    char text_[4]{};
  };
  enum Kind : uint8_t { kOne, kTwo };
  static constexpr int kCount = 2;
  std::function<void(int, bool)> call;
  void (*plain)(int) = nullptr;
  Kind kinds[kCount];
  unsigned bits : 3;
  Inner inner{1};
  union {
    int number;
    float other;
  };
  bool operator<(const Options& that) const;
  [[nodiscard]] int count() const { return toString; }
  void method();
 private:
  friend class Other;
};
extern "C" {
typedef struct Plain { int first; } Plain;
}
}  // namespace node
`;

const read = (text: string, file = '../../src/a.h') =>
  structuresIn(`# 1 "probe.cc"\nstruct Unseen { int x; };\n# 1 "${file}"\n${text}`, (name) => name.startsWith('../../src/'));

/** The structures that differ once a text in the header is replaced. */
const changed = (from: string, to: string) => {
  t.ok(HEADER.includes(from), from);
  return otherLayouts(read(HEADER), read(HEADER.replace(from, to)));
};

t.test('structures by their full names', async (t) => {
  const found = read(HEADER);
  t.same([...found.keys()].sort(), ['node::Base', 'node::Options', 'node::Options::Inner', 'node::Plain']);
  t.equal(found.get('node::Options')?.file, '../../src/a.h');
  t.same(found.get('node::Options::Inner')?.parts, ['bool on', 'char text_ [ 4 ]']);
  t.same(found.get('node::Options')?.parts, [
    ': public Base < int , 2 >', 'enum Kind : uint8_t', 'static constexpr int kCount = 2',
    'std :: function < void ( int , bool ) > call', 'void ( * plain ) ( int )', 'Kind kinds [ kCount ]', 'unsigned bits : 3',
    'Inner inner', 'union {int number; float other}',
  ]);
  t.same(read(HEADER, '/usr/include/a.h').size, 0);
});

t.test('what changes a layout', async (t) => {
  const options = ['node::Options'];
  t.same(changed('  unsigned bits : 3;\n', '  unsigned bits : 3;\n  int planted;\n'), options);
  t.same(changed('  unsigned bits : 3;\n', '#if 0\n#endif\n'), options, 'a field that is gone');
  t.same(changed('unsigned bits : 3', 'unsigned bits : 4'), options);
  t.same(changed('int number;', 'long number;'), options);
  t.same(changed('kCount = 2', 'kCount = 3'), options);
  t.same(changed('Kind : uint8_t', 'Kind : uint16_t'), options);
  t.same(changed('public Base<int, 2>', 'public Base<int, 3>'), options);
  t.same(changed('void method();', 'virtual void method();'), options);
  t.same(changed('bool on = false;', 'bool on = false, off;'), ['node::Options::Inner']);
  t.same(changed('int first;', 'int first; int second;'), ['node::Plain']);
});

t.test('what does not', async (t) => {
  t.same(changed('void method();', 'void method(int planted);\n  static int made();\n  template <class T> T other();'), []);
  t.same(changed('return count;', 'int planted = 0; return planted;'), []);
  t.same(changed('bool on = false;', 'bool on = true;'), []);
  t.same(changed('struct Options :', 'struct New { int x; };\nstruct Options :'), [], 'a structure of ours alone');
});
