import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { chooseLine } from '../../../core/lines.ts';
import { root } from '../../../core/paths.ts';
import { beyondEmulator, differing, LIMITS, resultsIn } from '../../../verify/emulator/limits.ts';
import { ownTestNames } from '../../../verify/test-runner.ts';

t.test('the calls that differ are those with another result, or none', async (t) => {
  const here = resultsIn('setsockopt A: 4 bytes\nsetsockopt B: 4 bytes\nsetsockopt C: ENOTCONN\nsocket D: 0 bytes\n');
  const there = resultsIn('setsockopt A: 4 bytes\nsetsockopt B: ENOPROTOOPT\nsetsockopt C: EINVAL\n');
  t.same([...differing(here, there)], ['setsockopt B', 'setsockopt C', 'socket D']);
  t.same([...differing(here, here)], []);
});

t.test('a test is beyond the emulator if each of its calls is', async (t) => {
  const limits = { 'parallel/a': ['one'], 'parallel/b': ['one', 'two'], 'parallel/c': ['two'] };
  const tests = [...Object.keys(limits), 'parallel/unlisted', 'toString'];
  t.same([...beyondEmulator(tests, new Set(['one']), limits)], [['parallel/a', 'one']]);
  t.same([...beyondEmulator(tests, new Set(['one', 'two']), limits).keys()], ['parallel/a', 'parallel/b', 'parallel/c']);
  t.same([...beyondEmulator(['parallel/a'], new Set(), limits)], []);
});

t.test('each listed test is ours, and the program makes each listed call', async (t) => {
  const own = new Set(ownTestNames(chooseLine(undefined)));
  const program = readFileSync(path.join(root, 'tools', 'verify', 'emulator', 'calls.c'), 'utf8');
  const made = new Set([...program.matchAll(/(?:SOCKET|IPV4|TCP)\((\w+), \d+\);|"([A-Z]\w+)"/g)].map(([, option, name]) => option ?? name));
  const named = new Set<string>();
  for (const [test, calls] of Object.entries(LIMITS)) {
    t.ok(own.has(test), test);
    for (const call of calls) named.add(call.split(' ')[1]!);
  }
  t.same([...named].sort(), [...made].sort());
});
