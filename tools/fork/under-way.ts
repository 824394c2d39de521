import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';

/** The file in a line's folder that records a rebase in progress. */
export const stateFile = (dir: string) => path.join(dir, 'rebase.json');

/**
 * Throws if a rebase of the line is in progress, because it is using the fork
 * tree.
 * @param dir the line's folder
 */
export function requireNoRebase(line: string, dir = linePaths(line).dir): void {
  if (!existsSync(stateFile(dir))) return;
  throw new UserError(`a rebase of ${line} is under way`,
                      `end it with \`make rebase-continue LINE=${line}\` or \`make rebase-abort LINE=${line}\``);
}

/** The command that returns a line to the base that lines.json names. */
export const wayBack = (line: Line) =>
  `make rebase LINE=${line.name} ONTO=${isLinked(line) ? line.base.suite : line.base.ref}`;

/** The remedy when the patches do not apply to a base other than the one that lines.json names. */
export const elsewhere = (line: Line, onto: string) =>
  `the tree stands on ${onto}: put the patches back that belong to it, or leave it with \`${wayBack(line)}\``;
