// upstream: proposals on their way to nodejs/node.
// In: fork trees, the project's proposals, and what upstream says and has released.
// Out: mail for git am (series.ts), and what has become of each proposal on each line (status.ts,
// survival/).
import { versionOf } from '../base/checkout.ts';
import { apply } from '../build/commands.ts';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line, namedLines, nextOf } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { step } from '../core/report.ts';
import { libTree, pinnedLib } from '../fork/lib-tree.ts';
import { series as makeSeries } from './series.ts';
import { writeStatusTable } from './status-table.ts';
import { status as printStatus } from './status.ts';
import { survival as trySurvival } from './survival/survival.ts';

/** Writes the proposals of a line as mail. */
export async function series(line: Line): Promise<void> {
  const base = await apply(line);
  await step(`series ${line.name}`, () => makeSeries(line, base));
}

/** Prints what has become of the proposals. */
export async function status(): Promise<void> {
  await printStatus({ json: Boolean(process.env['JSON']), online: Boolean(process.env['ONLINE']) });
  // A connection that was given up may still be trying, and nobody waits for it.
  process.exit();
}

/** Writes the table in the README. */
export const table = () => step('status table', () => writeStatusTable());

/** Tries the hooks of lib/ on every release. */
export async function survival(): Promise<void> {
  const trees = new Map<Line, string>();
  for (const line of namedLines()) {
    if (isLinked(line)) await apply(line);
    trees.set(line, isLinked(line) ? linePaths(line.name).tree : (await pinnedLib(line)).tree);
    if (line.next === undefined) continue;
    const version = versionOf(line.next.release);
    const { tree } = await step(`lib of v${version}`, () => libTree(line, version, 'lib-next'));
    trees.set(nextOf(line), tree);
  }
  const { failed } = await step('survival', () => trySurvival(trees));
  if (failed) throw new UserError('a hook does not apply to every release', 'see the tables above and out/survival');
}
