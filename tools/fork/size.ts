import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Line, loadLines } from '../core/lines.ts';
import { root } from '../core/paths.ts';
import { proposalsOn } from '../core/proposals.ts';
import { hooksOf } from './hooks.ts';

/** More lines than this outside tests and documents need a reason. */
const MOST = 800;

const count = (text: string) => text.split('\n').length - 1;

/** Reports proposals that are too large to be read at once and do not say why, for lint. */
export function tooLarge(folder = root, most = MOST): string[] {
  const faultsOn = (line: Line) => proposalsOn(line, folder).flatMap(({ proposal, owns }) => {
    const files = owns.filter((file) => /^(lib|src)\//.test(file));
    const own = files.reduce((sum, file) => sum + count(readFileSync(path.join(folder, file), 'utf8')), 0);
    const added = hooksOf(proposal.name, line.name, folder).reduce((sum, hook) => sum + hook.added.length, own);
    if (added <= most || proposal.large !== undefined) return [];
    return [`${proposal.name} adds ${added} lines of lib/ and src/ on ${line.name}, ` +
      `and ${most} are enough for a pull request: split it, or say why not with "large" in proposals.json`];
  });
  return [...loadLines(folder).lines.values()].flatMap(faultsOn);
}
