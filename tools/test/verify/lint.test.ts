import t from 'tap';
import { checkMessage } from '../../upstream/linters.ts';

const good = [
  'net: add a thing',
  '',
  'It is useful because it is.',
  '',
  'Refs: https://github.com/nodejs/node/issues/1',
  '',
].join('\n');

t.test('a message that upstream would take', async (t) => {
  t.same(await checkMessage(good), { failures: [], advice: [] });
});

for (const [name, message, rule] of [
  ['no subsystem', good.replace('net: ', ''), 'subsystem'],
  ['an unknown subsystem', good.replace('net', 'nett'), 'subsystem'],
  ['a full stop in the title', good.replace('thing', 'thing.'), 'title-format'],
  ['a title that is too long', good.replace('thing', 'thing '.repeat(20).trim()), 'title-length'],
  ['no empty line after the title', good.replace('\n\n', '\n'), 'line-after-title'],
  ['a line that is too long', good.replace('useful', 'very '.repeat(20)), 'line-length'],
  ['a link to an issue by number', good.replace(/Refs: .*/, 'Fixes: #1'), 'fixes-url'],
  ['text after the trailers', `${good}\nMore.\n`, 'metadata-end'],
] as const) {
  t.test(`a message with ${name}`, async (t) => {
    const { failures } = await checkMessage(message);
    t.ok(failures.some((failure) => failure.startsWith(`${rule}: `)), failures.join('\n') || 'nothing');
  });
}

t.test('a title above 50 columns is advised against', async (t) => {
  const { failures, advice } = await checkMessage(good.replace('thing', 'thing that has fifty-five columns'.padEnd(45, 'x')));
  t.same(failures, []);
  t.match(advice, [/^title-length: /]);
});
