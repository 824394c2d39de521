import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Line } from '../core/lines.ts';
import { root } from '../core/paths.ts';
import { filesOf, loadProposals, stateOn } from '../core/proposals.ts';
import { hookFile } from './apply.ts';

/** A hash of everything a line's fork tree is made from, except the base. */
export function inputsOf(line: Line): string {
  const hash = createHash('sha256');
  for (const proposal of loadProposals()) {
    const state = stateOn(proposal, line);
    hash.update(JSON.stringify([proposal.name, state === undefined ? null : { ...state, next: undefined }]));
    const hooks = path.relative(root, hookFile(proposal, line));
    for (const file of [hooks, ...filesOf(proposal)]) {
      const place = path.join(root, file);
      hash.update(JSON.stringify([file, existsSync(place) ? readFileSync(place, 'utf8') : null]));
    }
  }
  return hash.digest('hex');
}
