import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import type { Placed } from '../core/proposals.ts';
import { say } from '../core/report.ts';
import { landing, openIndex, pageOf, spliceDoc, stageOwned } from '../fork/apply.ts';
import { mergeFile } from '../fork/export/hooks.ts';
import { type Change, changesBetween, content, idOf, isDoc, ownersOf } from '../fork/export/model.ts';
import { faultsBetween, faultsOf } from '../fork/twice.ts';
import { causeOf, type Trace } from './cause.ts';
import { type Conflict, type State, tipOf } from './state.ts';

/** A proposal on the new base: its tree, and what is left to resolve in it. */
export interface Merged {
  readonly tree: string;
  readonly conflicts: readonly Conflict[];
  readonly unmerged: readonly string[];
}

/** A conflict as marked by git, including the old base's lines. */
interface Marked {
  /** The number of its first line. */
  readonly line: number;
  readonly ours: readonly string[];
  readonly base: readonly string[];
  readonly theirs: readonly string[];
}

const MARK = /^(?:<{7} |\|{7} |={7}$|>{7} )/;

/** The conflicts that git has marked in a text. */
export function conflictsIn(text: string): readonly Marked[] {
  const found: Marked[] = [];
  let parts: string[][] = [];
  let start = 0;
  for (const [at, line] of text.split('\n').entries()) {
    const mark = MARK.exec(line)?.[0];
    if (mark === '<<<<<<< ') {
      parts = [[]];
      start = at + 1;
    } else if (mark === '>>>>>>> ' && parts.length === 3) {
      const [ours, base, theirs] = parts as [string[], string[], string[]];
      found.push({ line: start, ours, base, theirs });
      parts = [];
    } else if (mark !== undefined && parts.length > 0) {
      parts.push([]);
    } else {
      parts.at(-1)?.push(line);
    }
  }
  return found;
}

const lacking = (lines: readonly string[], other: readonly string[]) =>
  lines.filter((line) => /\w/.test(line) && !other.includes(line));

/** The line that identifies a hook: the first it adds, or else the first it removes. */
function nameOf(base: readonly string[], theirs: readonly string[]): string {
  return lacking(theirs, base)[0]?.trim() ?? `- ${lacking(base, theirs)[0]?.trim() ?? ''}`.trimEnd();
}

/** The line that best shows what upstream changed: one it removed, or else one it added. */
function tellingLine({ ours, base }: Pick<Marked, 'ours' | 'base'>): string | undefined {
  const longest = (lines: readonly string[]) => [...lines].sort((a, b) => b.trim().length - a.trim().length)[0];
  return longest(lacking(base, ours)) ?? longest(lacking(ours, base));
}

/** The new base's name for a file of the old base, according to git's rename detection. */
async function renamed(repository: Repository, from: string, to: string, file: string): Promise<string | undefined> {
  const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : '.';
  const args = ['diff-tree', '-r', '-z', '--find-renames', '--diff-filter=R', '--name-status', from, to, '--', folder];
  const fields = (await repository.git(args)).split('\0');
  const at = fields.findIndex((field, index) => index % 3 === 1 && field === file);
  return at === -1 ? undefined : fields[at + 1];
}

/** Merges one proposal of a rebase. */
class Merging {
  readonly conflicts: Conflict[] = [];
  readonly unmerged: string[] = [];

  constructor(
    private readonly line: Line,
    private readonly repository: Repository,
    private readonly staged: Repository,
    private readonly state: State,
    private readonly placed: Placed,
    private readonly scratch: string,
    private readonly hooked: readonly string[],
  ) {}

  private cause(trace: Trace): Promise<string> {
    return causeOf(this.repository, this.state, trace, this.hooked);
  }

  private stage(file: string, id: string): Promise<void> {
    return this.staged.stage(new Map([[file, id]]));
  }

  private leave(file: string, mode: string, stages: Readonly<Record<number, string>>): void {
    const entries = Object.entries(stages).map(([stage, id]) => `${mode} ${id} ${stage}\t${file}`);
    this.unmerged.push(`0 ${'0'.repeat(40)}\t${file}`, ...entries);
  }

  /** Merges the hooks of one file. */
  async file({ file, from, to }: Change): Promise<void> {
    const { proposal: { name } } = this.placed;
    const { base, onto } = this.state;
    const [before, after] = [from!, to!];
    const place = await this.placeOf(file);
    if (place === undefined) return this.deleted(file, before.mode, before.id, after.id);
    const ours = (await this.idOf(place))!;
    const ids = [ours, before.id, after.id] as const;
    const merged = await mergeFile(this.repository, this.scratch, ids);
    if (merged.code > 127) throw new UserError(`git cannot merge ${place}, which is no text`, 'name another base with ONTO');
    const was = place === file ? '' : `, which was ${file}`;
    if (merged.code === 0) {
      await this.stage(place, await this.repository.store(merged.text));
      const faults = /^lib\/.*\.js$/.test(place) ? faultsOf(await content(this.repository, ours), merged.text) : [];
      if (faults.length > 0) this.leave(place, before.mode, { 1: before.id, 2: ours, 3: after.id });
      this.conflicts.push(...faults.map(({ line, what }) => ({ file: place, line, what: `${what}, with the hooks of ${name}` })));
      if (was !== '') say(`${name}: its hooks follow into ${place}${was}`);
      return;
    }
    const { text } = await mergeFile(this.repository, this.scratch, ids, [onto.name, base.version, name]);
    await this.stage(place, await this.repository.store(text));
    this.leave(place, before.mode, { 1: before.id, 2: ours, 3: after.id });
    for (const marked of conflictsIn(text)) {
      const cause = await this.cause({ files: [file, place], text: tellingLine(marked) });
      const what = `the hook \`${nameOf(marked.base, marked.theirs)}\` is in conflict with ${cause}${was}`;
      this.conflicts.push({ file: place, line: marked.line, what });
    }
  }

  /**
   * The path of a file in the new base. For files listed in lines.json as
   * moved, another file may still be at the old path.
   */
  private async placeOf(file: string): Promise<string | undefined> {
    const [before, after] = [this.state.base.commit, this.state.onto.record.commit];
    const has = async (commit: string, name: string) => await idOf(this.repository, commit, name) !== undefined;
    for (const [place, former] of Object.entries(this.line.moved ?? {})) {
      if (file !== place && file !== former) continue;
      const [was, is] = [await has(before, place), await has(after, place)];
      if (was === is) continue;
      const next = is ? place : former;
      if (next !== file && await has(after, next)) return next;
    }
    return await this.idOf(file) === undefined ? renamed(this.repository, before, after, file) : file;
  }

  /** The id of a file as merged so far. */
  private async idOf(file: string): Promise<string | undefined> {
    return idOf(this.staged, '', file);
  }

  /** Handles a file that upstream removed. Like git, keeps the proposal's version. */
  private async deleted(file: string, mode: string, before: string, after: string): Promise<void> {
    const [base, theirs] = (await Promise.all([before, after].map((id) => content(this.repository, id))))
      .map((text) => text.split('\n')) as [string[], string[]];
    await this.stage(file, after);
    this.leave(file, mode, { 1: before, 3: after });
    const cause = await this.cause({ files: [file], isRemoval: true });
    this.conflicts.push({ file, what: `the hook \`${nameOf(base, theirs)}\` has lost its file, by ${cause}` });
  }

  /**
   * Checks that what the user resolved does not define anything that is already
   * defined below it.
   */
  async resolved(tree: string): Promise<void> {
    const { name } = this.placed.proposal;
    for await (const { file, line, what } of faultsBetween(this.repository, tipOf(this.state), tree)) {
      this.conflicts.push({ file, line, what: `${what}, with the hooks of ${name}` });
    }
  }

  /** Splices a file of sections again. */
  async doc(doc: string, folder: string): Promise<void> {
    const page = pageOf(doc);
    if (await this.idOf(page) === undefined) {
      const cause = await this.cause({ files: [page], isRemoval: true });
      this.conflicts.push({ file: page, what: `${doc} has lost its page, by ${cause}: let proposals.json name another file for another page` });
      return;
    }
    await spliceDoc(this.staged, doc, folder, async (error, heading) => {
      const cause = await this.cause({ files: [page], text: heading });
      this.conflicts.push({ file: page, what: `${error.message} (${cause}): mend the block in ${doc}` });
    });
  }
}

/** The files below lib/ that hooks of a line change. */
async function hookedIn(
  repository: Repository,
  { levels }: State,
  owned: ReadonlyMap<string, unknown>,
): Promise<readonly string[]> {
  return (await changesBetween(repository, levels[0]!, levels.at(-1)!))
    // A landed proposal no longer owns the files it added.
    .flatMap(({ file, from }) => (from === undefined ? [] : [file]))
    .filter((file) => /^lib\/.*\.js$/.test(file) && !owned.has(file));
}

/**
 * Recreates the next proposal of a rebase on top of those already done: its own
 * files are taken as they are, its hooks are merged file by file, and its
 * sections are spliced again.
 * @param proposals all proposals of the line, as the new base needs them
 * @param folder the project
 * @param resolved a tree in which the user has resolved the hooks
 */
export async function mergeNext(
  line: Line,
  repository: Repository,
  state: State,
  proposals: readonly Placed[],
  folder: string,
  resolved?: string,
): Promise<Merged> {
  const at = state.commits.length;
  const placed = proposals[at]!;
  const { part } = state.base;
  const owners = ownersOf(proposals);
  const scratch = path.join(repository.dir, '.git', 'bindery-rebase');
  await mkdir(scratch, { recursive: true });
  const { staged, close } = await openIndex(repository, resolved ?? tipOf(state));
  try {
    const hooked = await hookedIn(repository, state, owners);
    const merging = new Merging(line, repository, staged, state, placed, scratch, hooked);
    if (resolved === undefined) {
      await stageOwned(staged, placed, part, folder);
      const isLanded = state.landed.includes(placed.proposal.name);
      const isOurs = (file: string) => owners.has(file) || state.taken.some((owned) => landing(owned) === file);
      const changes = isLanded ? [] : (await changesBetween(repository, state.levels[at]!, state.levels[at + 1]!))
        .filter(({ file }) => !isDoc(file) && !isOurs(file));
      for (const change of changes) await merging.file(change);
    }
    for (const doc of part === 'lib' ? [] : placed.docs) await merging.doc(doc, folder);
    const tree = (await staged.git(['write-tree'])).trim();
    if (resolved !== undefined) await merging.resolved(tree);
    return { tree, conflicts: merging.conflicts, unmerged: merging.unmerged };
  } finally {
    await close();
    await rm(scratch, { recursive: true, force: true });
  }
}
