import t from 'tap';
import type { Change, Hook } from '../../../fork/hooks.ts';
import { exemption, nameOf, ordered, textWithout } from '../../../verify/mutate/hooks.ts';

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
  t.equal(textWithout(text, change('f', ['x', 'y'])), 'a\nx\nb\nc\nd\n', 'wherever it is');
  t.equal(textWithout(text, change('f', ['x'], ['1', '2'], 2)), 'a\n1\n2\nb\nc\nx\ny\nd\n', 'the nearest one');
  t.equal(textWithout(text, change('f', ['x'], ['1', '2'], 4)), 'a\nx\nb\nc\n1\n2\ny\nd\n');
  t.equal(textWithout(text, change('f', ['x', 'z'])), undefined);
  t.equal(textWithout(text, change('f', [], ['1'])), undefined, 'nothing says where');
});

t.test('the likely tests come first', async (t) => {
  const tests = ['net-a', 'tls-a', 'http-agent'].flatMap((name) => ['two', 'one']
    .map((proposal) => ({ name: `parallel/test-${name}-${proposal}`, proposal })));
  const first = (file: string) => ordered(hook(file), tests).map((name) => name.slice('parallel/test-'.length));
  t.same(first('lib/_tls_wrap.js'),
         ['tls-a-one', 'net-a-one', 'http-agent-one', 'tls-a-two', 'net-a-two', 'http-agent-two']);
  t.same(first('lib/_http_agent.js').slice(0, 2), ['http-agent-one', 'net-a-one']);
  t.same(first('node.gyp').slice(0, 3), ['net-a-one', 'tls-a-one', 'http-agent-one']);
});
