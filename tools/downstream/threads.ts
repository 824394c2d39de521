import { say } from '../core/report.ts';
import type { Tally } from '../core/tally.ts';
import type { Stage } from './stage.ts';
import { runFiles } from './tests.ts';

/** Compares what deno_net documents about its load-balanced listener with `shared: true`. */
export async function threads(stage: Stage): Promise<Tally & { did: string }> {
  const how = { command: [stage.node], cwd: stage.file('threads'), results: stage.file('results', 'threads') };
  const results = await runFiles(how, ['load-balanced.test.js']);
  for (const { name, outcome, why } of results) {
    const what = name.slice(name.indexOf(': ') + 2);
    say(outcome === 'pass' ? `holds: ${what}` : `FAILED ${what} (${why ?? outcome})`);
  }
  const passed = results.filter(({ outcome }) => outcome === 'pass').length;
  return { did: `${passed} of ${results.length} hold`, passed, failed: results.length - passed };
}
