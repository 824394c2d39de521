import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import { isLinked, loadLines } from '../core/lines.ts';
import { root, shown } from '../core/paths.ts';
import { counted } from '../core/report.ts';
import { countLines, hooksOn } from '../fork/hooks.ts';
import { overOfficial } from '../fork/verified.ts';
import { type Cell, proposalStatuses, topicsOf } from './status.ts';

/** Turns an address into `[#63951](https://github.com/nodejs/node/pull/63951)`. */
const link = (address: string) => `[#${path.posix.basename(address)}](${address})`;

/** The states of a topic's proposals on a line: `12 carried, 1 landed in v26.4.0, 60 hook lines`. */
function summary(cells: readonly Cell[]): string {
  const states = ['carried', 'landed', 'included', 'not applicable'] as const;
  const counts = states.flatMap((state) => {
    const those = cells.filter((cell) => cell.state === state);
    const releases = [...new Set(those.flatMap((cell) => cell.releases ?? []))];
    const where = releases.length === 0 ? '' : ` in ${releases.join(' and ')}`;
    return those.length === 0 ? [] : [`${those.length} ${state}${where}`];
  });
  const hookLines = cells.reduce((sum, cell) => sum + cell.hookLines, 0);
  return [...counts, ...hookLines === 0 ? [] : [counted(hookLines, 'hook line')]].join(', ');
}

/** The README's table, which is the same on every machine. */
export function statusTable(folder = root): string {
  const known = loadLines(folder).lines;
  const lines = [...known.keys()];
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [
    row(['Topic', 'Upstream', ...lines]),
    row(['---', '---', ...lines.map(() => '---')]),
    ...topicsOf(proposalStatuses(folder)).map(([topic, members]) => row([
      `${topic}: ${counted(members.length, 'proposal')}`,
      [...new Set(members.flatMap(({ upstream }) => upstream))].map(link).join(', '),
      ...lines.map((line) => summary(members.map((member) => member.lines[line]!))),
    ])),
    row(['Hook lines in all', '', ...lines.map((line) => String(countLines(hooksOn(line, folder))))]),
    row(['What is verified here', '', ...[...known.values()].map((line) => (isLinked(line) ? 'built and tested' : overOfficial(line)))]),
  ].join('');
}

const MARKED = /(?<=^<!-- status -->\n)[^]*?(?=^<!-- \/status -->$)/m;

/** The README as it is, and as it would be with the current table. */
function readmes(folder: string): { file: string; present: string; wanted: string } {
  const file = path.join(folder, 'README.md');
  const present = readFileSync(file, 'utf8');
  if (!MARKED.test(present)) {
    throw new UserError(`${shown(file)} has no lines <!-- status --> and <!-- /status -->`,
                        'put them where the table of proposals by line is to stand');
  }
  return { file, present, wanted: present.replace(MARKED, () => `\n${statusTable(folder)}\n`) };
}

/** Writes the table between its markers in README.md. */
export async function writeStatusTable(folder = root): Promise<{ did: string }> {
  const { file, present, wanted } = readmes(folder);
  if (present === wanted) return { did: `the table in ${shown(file)} is current` };
  await writeFile(file, wanted);
  return { did: `the table in ${shown(file)} is written anew` };
}

/** Whether the table in README.md is current. */
export function isStatusTableCurrent(folder = root): boolean {
  const { present, wanted } = readmes(folder);
  return present === wanted;
}
