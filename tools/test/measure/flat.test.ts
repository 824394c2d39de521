import t from 'tap';
import { faultOf, type Flow } from '../../measure/flat.ts';

const MIB = 2 ** 20;
const good: Flow = { sent: 30, received: 20, dropped: 10, memory: [50 * MIB, 90 * MIB, 55 * MIB] };

t.test('what is flat', (t) => {
  t.equal(faultOf(good), undefined, 'a peak does not matter');
  t.match(faultOf({ ...good, memory: [50 * MIB, 60 * MIB, 70 * MIB] }), /grew by 20971520 bytes over 20 datagrams/);
  t.end();
});

t.test('what is accounted for', (t) => {
  t.match(faultOf({ ...good, sent: 31 }), /^1 of 31 datagrams .* 10 that/);
  t.match(faultOf({ ...good, received: 21 }), /^-1 of 30/, 'nor does one arrive twice');
  t.end();
});
