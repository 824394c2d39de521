import path from 'node:path';
import t from 'tap';
import { informationFaults, informationTable, runInformation } from '../../../downstream/wasm/information.ts';
import { program } from '../../files.ts';

const of = (a: string, b: string) => new Map([['IP_A', a], ['SO_B', b]]);
const NOTHING = 'set, nothing is delivered';
const all = {
  native: of('delivered', 'delivered'),
  official: of(NOTHING, 'refused'),
  plain: of(NOTHING, NOTHING),
  library: of('delivered', 'delivered'),
};

t.test('what has to be delivered', async (t) => {
  t.same(informationFaults(all), []);
  t.same(informationFaults({ ...all, library: of('delivered', `delivered; live: ${NOTHING}`) }),
         [`SO_B, with our library: delivered; live: ${NOTHING}`]);
  t.same(informationFaults({ ...all, library: new Map([['IP_A', 'delivered']]) }),
         ['SO_B, with our library: the program did not come to it']);
  t.same(informationFaults({ ...all, native: of(NOTHING, 'delivered') }), [`IP_A, in C: ${NOTHING}`]);
  t.same(informationFaults({ ...all, native: new Map() }), ['no option was tried in C']);
});

t.test('the table', async (t) => {
  t.same(informationTable(all, '20.19.2', 'v20.x'), [
    'what comes with a datagram       in C  Emscripten, official v20.19.2  Emscripten, v20.x  with our library',
    'IP_A                        delivered                        nothing            nothing         delivered',
    'SO_B                        delivered                          fails            nothing         delivered',
  ]);
});

t.test('the runs', async (t) => {
  const dir = t.testdir();
  const script = (name: string, text: string) => program(path.join(dir, name), text);
  const native = script('native', 'echo "IP_A: delivered"; echo "SO_B: delivered"');
  const official = script('official', `echo "IP_A: ${NOTHING}"; echo "SO_B: refused"; exit 1`);
  const node = script('node', `[ "$1" = ours ] && exec ${native}; echo "IP_A: ${NOTHING}"; echo "SO_B: ${NOTHING}"`);
  t.same(await runInformation({ native, plain: 'plain', library: 'ours' }, node, official), all);
});
