import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../core/paths.ts';

/** A name in src/socket_option_list.h. */
export interface ListedOption {
  /** The level, or the name itself if it is a level. */
  readonly level: string;
  readonly name: string;
  /** Whether a platform may lack it. */
  readonly optional: boolean;
  /** Whether net.constants has it. */
  readonly isConstant: boolean;
}

/** Where the list comes to what not all platforms have. */
const OPTIONAL = '#ifdef __linux__';

/** All rows of the list, for every platform. */
export function listedOptions(
  text = readFileSync(path.join(root, 'src', 'socket_option_list.h'), 'utf8'),
): readonly ListedOption[] {
  const start = text.indexOf(OPTIONAL);
  const levels = [...text.matchAll(/^ {4}LEVEL\((\w+)\)/gm)].map(([, name]) =>
    ({ level: name!, name: name!, optional: false, isConstant: true }));
  const rows = [...text.matchAll(/^ {4}(?:OPTION|NEWER)\((\w+),\s*(\w+)([^;]*?)\),$(?!\n {5})/gm)];
  return [...levels, ...rows.map(({ 1: level, 2: name, 3: rest, index }) =>
    ({ level: level!, name: name!, optional: index > start, isConstant: !rest!.includes('kUnlisted') }))];
}

/** The names in net.constants, and whether a platform may lack them. */
export function constantsOfSource(options = listedOptions()): ReadonlyMap<string, ListedOption> {
  return new Map(options.filter(({ isConstant }) => isConstant).map((option) => [option.name, option]));
}
