import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';

/** Where a rebase that is under way is recorded, in its line's folder. */
export const stateFile = (dir: string) => path.join(dir, 'rebase.json');

/**
 * Stops where a rebase of the line is under way, which has the fork tree.
 * @param dir the line's folder
 */
export function requireNoRebase(line: string, dir = linePaths(line).dir): void {
  if (!existsSync(stateFile(dir))) return;
  throw new UserError(`a rebase of ${line} is under way`,
                      `end it with \`make rebase-continue LINE=${line}\` or \`make rebase-abort LINE=${line}\``);
}

/** The command that brings a line back to the base that lines.json names. */
export const wayBack = (line: Line) =>
  `make rebase LINE=${line.name} ONTO=${isLinked(line) ? line.base.suite : line.base.ref}`;

/** What to do where the patches do not apply to a base that lines.json does not name. */
export const elsewhere = (line: Line, onto: string) =>
  `the tree stands on ${onto}: put the patches back that belong to it, or leave it with \`${wayBack(line)}\``;
