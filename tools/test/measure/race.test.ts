import path from 'node:path';
import t from 'tap';
import { race, raceTable, requireExclusive } from '../../measure/race.ts';
import { program } from '../files.ts';

const outcome = { rounds: 1000, one: 1000, both: 0, none: 0, third: 0 };

t.test('the table', async (t) => {
  t.same(raceTable(new Map([['ours', outcome], ['theirs', { rounds: 1000, one: 1, both: 998, none: 1, third: 7 }]])), [
    'who     rounds  exactly one  both  none  third party',
    'ours      1000         1000     0     0            0',
    'theirs    1000            1   998     1            7',
  ]);
});

t.test('what exclusive has to hold', async (t) => {
  requireExclusive(outcome);
  for (const broken of [{ one: 999, both: 1 }, { one: 999, none: 1 }, { third: 1 }]) {
    t.throws(() => { requireExclusive({ ...outcome, ...broken }); }, { name: 'UserError', message: /^exclusive does not hold: / });
  }
});

/** A binary whose BoundSocket holds a file: exclusively with `exclusive`, shared without. */
const BOUND_SOCKET = `
const { closeSync, openSync, rmSync } = require('node:fs');
require('node:net').BoundSocket = class {
  constructor({ port, exclusive, code }) {
    if (code) throw Object.assign(new Error(code), { code });
    this.file = __dirname + '/' + port;
    try {
      closeSync(openSync(this.file, exclusive ? 'wx' : 'w'));
    } catch {
      throw Object.assign(new Error('held'), { code: 'EADDRINUSE' });
    }
  }
  close() {
    rmSync(this.file, { force: true });
  }
};`;

t.test('a race', async (t) => {
  const dir = t.testdir({ 'bound.cjs': BOUND_SOCKET });
  const node = program(path.join(dir, 'node'), `exec '${process.execPath}' --require '${dir}/bound.cjs' "$@"`);
  // Holding a file exclusively does not keep a third process from the port.
  t.same(await race(node, { exclusive: true }, 5), { rounds: 5, one: 5, both: 0, none: 0, third: 5 });
  t.same(await race(node, {}, 5), { rounds: 5, one: 0, both: 5, none: 0, third: 5 });
  t.same(await race(node, { code: 'EADDRINUSE' }, 2), { rounds: 2, one: 0, both: 0, none: 2, third: 2 });
  await t.rejects(race(node, { code: 'EACCES' }, 2), { name: 'UserError', message: /^a racer could not bind 127\.0\.0\.6:\d+ \(EACCES\)$/ });
});
