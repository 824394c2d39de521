import { say } from '../core/report.ts';
import type { Tally } from '../core/tally.ts';
import type { Stage } from './stage.ts';
import { runFiles } from './tests.ts';

const FILES = ['fastify.test.js', 'ws.test.js', 'undici.test.js'];

/** Runs fastify, ws and undici from npm over sockets that they adopt. */
export async function servers(stage: Stage): Promise<Tally & { did: string }> {
  const how = { command: [stage.node], cwd: stage.file('servers'), results: stage.file('results', 'servers') };
  const results = await runFiles(how, FILES);
  for (const { name, outcome, why } of results) {
    const what = name.replace('.test.js', '');
    say(outcome === 'pass' ? what : `FAILED ${what} (${why ?? outcome})`);
  }
  const passed = results.filter(({ outcome }) => outcome === 'pass').length;
  return { did: `${passed} of ${results.length} passed`, passed, failed: results.length - passed };
}
