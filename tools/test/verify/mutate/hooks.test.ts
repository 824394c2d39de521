import t from 'tap';
import type { Change, Hook } from '../../../fork/hooks.ts';
import { asChanged, entangled, exemption, nameOf, without } from '../../../verify/mutate/hooks.ts';
import { mutantsOf } from '../../../verify/mutate/mutation.ts';

const change = (file: string, added: readonly string[], removed: readonly string[] = [], at = 1): Change =>
  ({ file, at, removed, added });
const hook = (file: string): Hook => ({ proposal: 'one', ...change(file, ['x']) });

t.test('the name of a hook', async (t) => {
  t.equal(nameOf(hook('lib/net.js')), 'one lib/net.js:1');
});

t.test('what no test can miss', async (t) => {
  t.match(exemption(change('tools/doc/type-parser.mjs', ['x'])), /^documentation/);
  t.match(exemption(change('doc/api/net.md', ['x'])), /^documentation/);
  t.match(exemption(change('node.gyp', ['      \'src/one.h\',', '      \'src/two-inl.h\','])), /headers/);
  t.equal(exemption(change('node.gyp', ['      \'src/one.cc\','])), undefined);
  t.equal(exemption(change('node.gyp', ['      \'src/one.h\','], ['      \'src/one.cc\','])), undefined);
  t.equal(exemption(change('lib/net.js', ['      \'src/one.h\','])), undefined);
  t.equal(exemption(change('lib/doc/x.js', ['x'])), undefined);
});

t.test('a file without a hook', async (t) => {
  const text = 'a\nx\nb\nc\nx\ny\nd\n';
  const left = (hook: Change) => {
    const mutation = without(text, hook);
    return mutation === undefined ? undefined : mutantsOf(text, [mutation])[0]!.text;
  };
  t.equal(left(change('f', ['x', 'y'])), 'a\nx\nb\nc\nd\n', 'wherever it is');
  t.equal(left(change('f', ['x'], ['1', '2'], 2)), 'a\n1\n2\nb\nc\nx\ny\nd\n', 'the nearest one');
  t.equal(left(change('f', ['x'], ['1', '2'], 4)), 'a\nx\nb\nc\n1\n2\ny\nd\n');
  t.equal(left(change('f', ['x', 'c'], ['1'])), 'a\n1\nb\nx\ny\nd\n', 'with lines of others in between');
  t.equal(left(change('f', ['x', 'd'])), 'a\nx\nb\nc\ny\n', 'the least spread');
  t.equal(left(change('f', ['x', 'z'])), undefined);
  t.equal(left(change('f', ['d', 'x'])), undefined, 'in another order');
  t.equal(left(change('f', [], ['1'])), undefined, 'nothing says where');
});

t.test('a hook that a later one has changed', async (t) => {
  const later = { ...hook('f'), removed: ['x'], added: ['y', 'z'] };
  t.same(asChanged({ ...hook('f'), added: ['a', 'x', 'b'] }, [later]).added, ['a', 'y', 'z', 'b']);
  t.same(asChanged({ ...hook('g'), added: ['x'] }, [later]).added, ['x'], 'in another file');
  t.same(asChanged({ ...hook('f'), added: ['a'] }, [later]).added, ['a']);
});

t.test('a hook that cannot be left out on its own', async (t) => {
  const one = { ...hook('f'), added: ['a', ''] };
  const later = { ...hook('f'), proposal: 'two', removed: ['a'], added: ['b'] };
  t.match(entangled(one, [one, later]), /^two, which is tried/);
  t.equal(entangled(one, [later, one]), undefined, 'an earlier one has not changed it');
  t.equal(entangled(one, [one, { ...later, file: 'g' }]), undefined);
  t.equal(entangled(one, [one, { ...later, removed: ['', 'c'] }]), undefined, 'an empty line says nothing');
  t.match(entangled({ ...one, added: [] }, []), /only removes/);
});
