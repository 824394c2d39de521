import t from 'tap';
import { namespaced } from '../../core/namespaces.ts';
import { run } from '../../core/run.ts';

t.test('what the probe fails at is not there', async (t) => {
  t.equal(await namespaced('--mount', ['false']), undefined);
  t.equal(await namespaced('--nothing-of-the-kind', ['true']), undefined);
});

t.test('a namespace of its own', async (t) => {
  const prefix = await namespaced('--net', ['true']);
  if (prefix === undefined) {
    t.comment('this user may not make one');
    return;
  }
  const [program, ...args] = [...prefix, 'readlink', '/proc/self/ns/net'];
  const own = await run(program, args);
  const ours = await run('readlink', ['/proc/self/ns/net']);
  t.match(own.stdout, /^net:\[\d+\]/);
  t.not(own.stdout, ours.stdout);
});
