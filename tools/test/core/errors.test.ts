import t from 'tap';
import { codeOf, describe, diskFull, UserError } from '../../core/errors.ts';

t.test('a failure is one line', async (t) => {
  const error = new UserError('it\nbroke:\n\n  badly', 'mend\r\nit\tand run again');
  t.equal(error.line, 'it broke: badly; mend it and run again');
  t.equal(describe(error, 'out'), error.line);
  t.equal(error.name, 'UserError');
  const cause = new Error('below');
  t.equal(new UserError('a', 'b', { cause }).cause, cause);
});

t.test('a full disk is named', async (t) => {
  const line = 'the disk that holds out is full; free some space there ' +
    '(`make clean` removes what was built), then run the same command again; it goes on where it stopped';
  t.equal(diskFull('out').line, line);
  for (const code of ['ENOSPC', 'EDQUOT']) {
    t.equal(describe(Object.assign(new Error('write failed'), { code }), 'out'), line, code);
  }
});

t.test('a place that is not as it must be is named', async (t) => {
  const { mkdir } = await import('node:fs/promises');
  const error = await mkdir(`${import.meta.filename}/x`, { recursive: true }).catch((reason: unknown) => reason);
  t.match(describe(error, 'out'), /^ENOTDIR: .*errors\.test\.ts.*; put right what is at that path, or whose it is, and run again$/);
});

t.test('what is unexpected is one line too', async (t) => {
  const todo = 'run again with BINDERY_DEBUG=1 to see where it came from';
  t.equal(describe(new TypeError('x is\n  not y'), 'out'), `unexpected error: x is not y; ${todo}`);
  t.equal(describe('thrown\ntext', 'out'), `unexpected error: thrown text; ${todo}`);
  t.equal(describe(undefined, 'out'), `unexpected error: undefined; ${todo}`);
});

t.test('an error\'s code', async (t) => {
  t.equal(codeOf(Object.assign(new Error('x'), { code: 'ENOENT' })), 'ENOENT');
  for (const value of [undefined, null, 'ENOENT', new Error('x'), { code: 2 }]) t.equal(codeOf(value), undefined);
});
