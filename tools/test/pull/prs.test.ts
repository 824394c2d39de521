import t from 'tap';
import { tableOf } from '../../pull/prs.ts';

const proof = { facts: [], faults: [], own: 12, upstream: 345, seconds: 67 };

t.test('the table of a line', async (t) => {
  t.equal(tableOf([
    { name: 'one', needs: [], lines: 80, proof, seconds: 67, fault: undefined },
    { name: 'other', needs: ['one'], lines: 1234, proof: { ...proof, own: 3 }, seconds: 8, fault: 'other: its tests fail: a' },
    { name: 'three', needs: ['one', 'other'], lines: undefined, proof: undefined, seconds: 9, fault: 'does not apply' },
  ]), `proposal  needs      lines  tests  upstream  seconds
one       -             80     12       345       67
other     one         1234      3       345        8  other: its tests fail: a
three     one other      -      -         -        9  does not apply
`);
});
