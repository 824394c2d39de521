import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Unit } from '../../build/relink-graph.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths } from '../../core/paths.ts';
import { run } from '../../core/run.ts';
import { filesBelow } from '../../core/walk.ts';

/**
 * A line's binary with a few of its units compiled in another way. Nothing in the fork tree
 * changes, and the snapshot is the same: what is in it does not depend on what functions do.
 */
export class Variant {
  private readonly release: string;

  /** @param folder gets the objects and the binary */
  constructor(line: Line, private readonly units: readonly Unit[], private readonly folder: string, private readonly flags = '') {
    this.release = linePaths(line.name).release;
  }

  private async shell(command: string, log: string): Promise<void> {
    const cause = (output: string) => /^.*\berror: .*$/m.exec(output)?.[0];
    await run('sh', ['-c', command], { cwd: this.release, log: path.join(this.folder, log), cause });
  }

  private unitOf(file: string): Unit {
    return this.units.find((unit) => unit.file === file)!;
  }

  private objectOf(file: string): string {
    return path.join(this.folder, path.basename(this.unitOf(file).output));
  }

  /**
   * Compiles one of our units.
   * @param source has another text than the file
   */
  async compile(file: string, source = `../../${file}`): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const { command, output } = this.unitOf(file);
    const other = command.replaceAll(output, this.objectOf(file))
      .replace(` ../../${file} `, ` -I../../src ${source} `)
      // The rest takes twice as long, and finds no more.
      .replace(/ -O\d /, ' -O0 ');
    await this.shell(`${other} ${this.flags}`, 'compile.log');
  }

  /** Links the binary with the units that were compiled. */
  async link(files: readonly string[]): Promise<string> {
    const node = path.join(this.folder, 'node');
    const { stdout } = await run('ninja', ['-C', this.release, '--quiet', '-f', 'relink.ninja', '-t', 'commands', 'relink/node']);
    const command = stdout.trimEnd().split('\n').at(-1)!.replace(' -o relink/node ', ` -o ${node} `);
    const other = files.reduce((text, file) => text.replace(` ${this.unitOf(file).output} `, ` ${this.objectOf(file)} `), command);
    await this.shell(`${other} ${this.flags}`, 'link.log');
    return node;
  }
}

/** What gcov prints of a program's files. */
interface Lines {
  readonly files: ReadonlyArray<{
    readonly file: string;
    readonly lines: ReadonlyArray<{ readonly line_number: number; readonly count: number }>;
  }>;
}

/** The lines of our files that ran, from what gcov prints. */
export function linesOf(printed: string): ReadonlyMap<string, ReadonlySet<number>> {
  const ran = new Map<string, Set<number>>();
  for (const text of printed.split('\n').filter((line) => line.startsWith('{'))) {
    for (const { file, lines } of (JSON.parse(text) as Lines).files) {
      const name = /(?:^|\/)(src\/[^/]+\.cc)$/.exec(file)?.[1];
      if (name === undefined) continue;
      const set = ran.get(name) ?? new Set();
      for (const { line_number: line, count } of lines) if (count > 0) set.add(line);
      ran.set(name, set);
    }
  }
  return ran;
}

/**
 * Which lines of our files ran.
 * @param folder with what the processes of a test wrote, at any depth
 * @param objects the folder of the variant that they are processes of
 */
export async function linesIn(folder: string, objects: string): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const counted = filesBelow(folder, /\.gcda$/);
  if (counted.length === 0) return new Map();
  const [first] = counted;
  const place = path.join(folder, path.dirname(first!));
  for (const notes of (await readdir(objects)).filter((file) => file.endsWith('.gcno'))) {
    await cp(path.join(objects, notes), path.join(place, notes));
  }
  const names = counted.map((file) => path.basename(file));
  const { stdout } = await run('gcov', ['--json-format', '--stdout', ...names], { cwd: place, accept: 'any' });
  return linesOf(stdout);
}

/** The lines of a text as ranges of offsets. */
export function rangesOf(text: string, lines: ReadonlySet<number>): ReadonlyArray<readonly [number, number]> {
  let at = 0;
  return text.split('\n').flatMap((line, index) => {
    const from = at;
    at += line.length + 1;
    return lines.has(index + 1) ? [[from, at] as const] : [];
  });
}
