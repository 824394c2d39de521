import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { root } from '../core/paths.ts';
import { run } from '../core/run.ts';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

t.test('the commands are those of the Makefile', async (t) => {
  const program = path.join(root, 'tools', 'bindery.ts');
  const { code, stderr } = await run(process.execPath, ['--import', 'tsx', program], { accept: 'any' });
  t.equal(code, 1);
  const commands = /there is no command \(none given\); use one of (.*)\n/.exec(stderr)![1]!.split(', ');
  const called = [...read('Makefile').matchAll(/\$\(call bindery,([a-z-]+)\)|tools\/bindery\.ts ([a-z-]+)$/gm)]
    .map(([, one, other]) => one ?? other!);
  // What makes the packages a second time calls this one itself.
  t.same([...called, 'packages'].sort(), [...commands].sort());
});

t.test('every target is explained', async (t) => {
  const targets = [...read('Makefile').matchAll(/^([a-z-]+):.*## /gm)].map(([, target]) => target!);
  t.ok(targets.length > 30);
  const explained = read('doc/targets.md');
  for (const target of targets) t.match(explained, new RegExp(`^\\| .*\`make ${target}[\` ]`, 'm'), target);
});
