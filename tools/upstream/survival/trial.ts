import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import type { Texts } from '../../base/builtins.ts';
import { UserError } from '../../core/errors.ts';
import { Repository } from '../../core/git.ts';
import { type Cell, filesOf, type Hunk, joined } from './hunks.ts';

/** The parameters of the core's module wrapper for files in lib/. */
const PARAMETERS = ['exports', 'require', 'module', 'process', 'internalBinding', 'primordials'];

/** Why a file in lib/ cannot be loaded, or undefined if it can. */
export function syntaxError(text: string): string | undefined {
  try {
    vm.compileFunction(text, PARAMETERS);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A proposal's hunks in lib/ on one line. */
export interface Hooks {
  readonly proposal: string;
  readonly hunks: readonly Hunk[];
}

/** Those hunks on one release. */
export interface Step extends Hooks {
  /** Whether upstream's release is too old for what the hunks add to. */
  readonly notNeeded: boolean;
}

/** Files by path, as they are between two changes. */
type Files = Map<string, string>;

const CONFLICT: Cell = { outcome: 'conflict' };

/** The offsets that `git apply --verbose` reports, by file and by the hunk's index in it. */
function offsetsIn(output: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  let file = '';
  for (const line of output.split('\n')) {
    file = /^Checking patch (.*)\.\.\.$/.exec(line)?.[1] ?? file;
    const [, place, offset] = /^Hunk #(\d+) succeeded at \d+ \(offset (-?\d+) line/.exec(line) ?? [];
    if (place !== undefined) offsets.set(`${file}#${place}`, Number(offset));
  }
  return offsets;
}

function cellsOf(hunks: readonly Hunk[], output: string): Map<Hunk, Cell> {
  const offsets = offsetsIn(output);
  const places = new Map<string, number>();
  return new Map(hunks.map((hunk) => {
    const place = (places.get(hunk.file) ?? 0) + 1;
    places.set(hunk.file, place);
    const offset = offsets.get(`${hunk.file}#${place}`);
    return [hunk, offset === undefined ? { outcome: 'clean' } : { outcome: 'clean', offset }];
  }));
}

/**
 * A git repository to try patches in. It reads a fork tree's objects, for the bases of
 * three-way merges, and writes nothing there.
 */
export class Trial {
  private constructor(private readonly repository: Repository) {}

  /**
   * @param tree the fork tree of a line
   * @param hooks the hooks to try, from which the files that each proposal starts from
   *   are made
   */
  static async make(tree: string, hooks: readonly Hooks[]): Promise<Trial> {
    const dir = await mkdtemp(path.join(tmpdir(), 'bindery-survival-'));
    const trial = new Trial(new Repository(dir));
    try {
      await new Repository(tree).git(['clone', '--quiet', '--shared', '--no-checkout', '.', dir]);
      await trial.makeSources(tree, hooks);
    } catch (error) {
      await trial.remove();
      throw error;
    }
    return trial;
  }

  async remove(): Promise<void> {
    await rm(this.repository.dir, { recursive: true, force: true });
  }

  /** Applies everything to the base, so that each blob that a patch names exists here. */
  private async makeSources(tree: string, hooks: readonly Hooks[]): Promise<void> {
    const base = await new Repository(tree).resolve('refs/bindery/base');
    if (base === undefined) throw new UserError(`${tree} has no base commit`, 'run `make apply` and try again');
    await this.repository.git(['read-tree', base]);
    for (const { proposal, hunks } of hooks) {
      await this.repository.git(['apply', '--cached', '--3way'], {
        input: joined(hunks),
        todo: `bring the hooks of ${proposal} up to date with the base and run again`,
      });
    }
    await this.repository.git(['read-tree', '--empty']);
  }

  /** Applies the proposals to a release's files, one on top of the other. */
  async release(texts: Texts, steps: readonly Step[]): Promise<ReadonlyMap<Hunk, Cell>> {
    const files: Files = new Map();
    for (const [file, text] of Object.entries(texts)) {
      if (text === null) continue;
      const broken = syntaxError(text);
      if (broken !== undefined) {
        throw new UserError(`this Node.js cannot read upstream's ${file} (${broken})`, 'run again with a newer Node.js');
      }
      files.set(file, text);
    }
    const cells = new Map<Hunk, Cell>();
    for (const { hunks, notNeeded } of steps) {
      const found = notNeeded ?
        new Map(hunks.map((hunk) => [hunk, { outcome: 'not needed' } satisfies Cell])) :
        await this.proposal(hunks, files);
      for (const [hunk, cell] of found) cells.set(hunk, cell);
    }
    return cells;
  }

  /** Applies one proposal, as a whole if possible and otherwise hunk by hunk. Changes `files`. */
  private async proposal(hunks: readonly Hunk[], files: Files): Promise<ReadonlyMap<Hunk, Cell>> {
    const before = new Map(files);
    const whole = await this.whole(hunks, files);
    if (whole !== undefined) {
      const touched = filesOf(hunks);
      if (touched.every((file) => syntaxError(files.get(file)!) === undefined)) return whole;
      for (const file of touched) files.set(file, before.get(file)!);
    }
    const cells = new Map<Hunk, Cell>();
    for (const file of filesOf(hunks)) {
      const mine = hunks.filter((hunk) => hunk.file === file);
      for (const [hunk, cell] of await this.file(mine, files)) cells.set(hunk, cell);
    }
    return cells;
  }

  /** Applies all hunks at once and without merging, or does nothing. */
  private async whole(hunks: readonly Hunk[], files: Files): Promise<Map<Hunk, Cell> | undefined> {
    const touched = filesOf(hunks);
    if (hunks.length === 0 || touched.some((file) => !files.has(file))) return undefined;
    for (const file of touched) await this.write(file, files.get(file)!);
    const { code, stderr } = await this.repository.try(['apply', '--verbose'],
                                                       { input: joined(hunks), accept: [0, 1] });
    if (code !== 0) return undefined;
    for (const file of touched) files.set(file, await this.read(file));
    return cellsOf(hunks, stderr);
  }

  /**
   * Applies one file's hunks one by one. If the result cannot be loaded, the merged ones
   * count as conflicts, and if that does not help, all of them do.
   */
  private async file(hunks: readonly Hunk[], files: Files): Promise<ReadonlyMap<Hunk, Cell>> {
    const [{ file }] = hunks as readonly [Hunk, ...Hunk[]];
    const before = files.get(file);
    if (before === undefined) return new Map(hunks.map((hunk) => [hunk, { outcome: 'missing file' }]));
    for (const merging of [true, false]) {
      const cells = new Map<Hunk, Cell>();
      for (const hunk of hunks) cells.set(hunk, await this.hunk(hunk, files, merging));
      if (syntaxError(files.get(file)!) === undefined) return cells;
      files.set(file, before);
    }
    return new Map(hunks.map((hunk) => [hunk, CONFLICT]));
  }

  /**
   * Applies one hunk as it is, or with a merge if that is allowed. Changes `files` unless
   * it conflicts.
   */
  private async hunk(hunk: Hunk, files: Files, merging: boolean): Promise<Cell> {
    const plain = await this.whole([hunk], files);
    if (plain !== undefined) return plain.get(hunk)!;
    if (!merging) return CONFLICT;
    await this.write(hunk.file, files.get(hunk.file)!);
    await this.repository.git(['add', '--force', '--', hunk.file]);
    const { code } = await this.repository.try(['apply', '--3way'], { input: hunk.patch, accept: [0, 1] });
    if (code !== 0) return CONFLICT;
    files.set(hunk.file, await this.read(hunk.file));
    return { outcome: 'merged' };
  }

  private async write(file: string, text: string): Promise<void> {
    const target = path.join(this.repository.dir, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  private read(file: string): Promise<string> {
    return readFile(path.join(this.repository.dir, file), 'utf8');
  }
}
