import { once } from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { root } from '../../../core/paths.ts';

interface Ports {
  readonly WAITING: string;
  readonly statesOf: (host: string, port: number) => readonly string[];
}
const { WAITING, statesOf } = createRequire(import.meta.url)(path.join(root, 'tools', 'verify', 'soak', 'ports.cjs')) as Ports;
const LISTENING = '0A';

/** Serves one connection on an address. This end closes it first, so TIME_WAIT is here. */
async function serveOne(t: Test, host: string) {
  const server = net.createServer((peer) => peer.end()).listen(0, host);
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await once(net.connect(port, host).resume(), 'close');
  // The last packets may be on their way. If they do not arrive, tap's timeout ends this.
  while (statesOf(host, port).some((state) => state !== WAITING && state !== LISTENING)) await wait(10);
  return port;
}

const hasIPv6 = Object.values(networkInterfaces()).flat().some((each) => each?.address === '::1');

for (const [host, other] of [['127.0.0.1', '::1'], ['::1', '127.0.0.1']] as const) {
  t.test(`what has a port of ${host} does not stand in the way of ${other}`, { skip: host === '::1' && !hasIPv6 }, async (t) => {
    const port = await serveOne(t, host);
    t.strictSame([...statesOf(host, port)].sort(), [WAITING, LISTENING].sort());
    t.strictSame(statesOf(other, port), []);
  });
}

t.test('what has a port of every address does', async (t) => {
  const port = await serveOne(t, '0.0.0.0');
  t.ok(statesOf('127.0.0.1', port).includes(LISTENING));
  t.ok(statesOf('::1', port).includes(LISTENING));
});
