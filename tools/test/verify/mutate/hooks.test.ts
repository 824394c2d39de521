import t from 'tap';
import type { Change, Hook } from '../../../fork/hooks.ts';
import { asChanged, exemption, nameOf, without } from '../../../verify/mutate/hooks.ts';
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
  t.equal(left(change('f', ['x', 'z'])), undefined);
  t.equal(left(change('f', [], ['1'])), undefined, 'nothing says where');
});

t.test('a hook that a later one has changed', async (t) => {
  const later = { ...hook('f'), removed: ['x'], added: ['y', 'z'] };
  t.same(asChanged({ ...hook('f'), added: ['a', 'x', 'b'] }, [later]).added, ['a', 'y', 'z', 'b']);
  t.same(asChanged({ ...hook('g'), added: ['x'] }, [later]).added, ['x'], 'in another file');
  t.same(asChanged({ ...hook('f'), added: ['a'] }, [later]).added, ['a']);
});
