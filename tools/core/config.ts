import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { UserError } from './errors.ts';
import { root, shown } from './paths.ts';

/** What a source package says of itself, where the archive does not have the part that says it. */
export interface Recipe {
  readonly why: string;
  /** The flags for Node's configure; `<triplet>` and `<cpu>` stand for those of the machine. */
  readonly configure: readonly string[];
  /** The file in the archive that has patches for another version, and those that are taken. */
  readonly from: string;
  readonly patches: readonly string[];
  /** Packages that others depend on, taken for installed: the suite's own do not go with the library. */
  readonly installed: Readonly<Record<string, string>>;
}

/** A base that comes as packages of a Debian suite, with a library to link with. */
export interface SuiteBase {
  readonly from: 'suite';
  readonly suite: string;
  readonly source: string;
  readonly library: string;
  readonly major: number;
  readonly recipe?: Recipe;
}

/** A base that is a commit of upstream's repository, to be built whole. */
export interface GitBase {
  readonly from: 'git';
  readonly repository: string;
  /** A release's tag: the npm registry has its official binary. */
  readonly ref: string;
  readonly major: number;
}

/** The oldest release that a series is for, and what is not there before. */
interface Since {
  readonly release: string;
  readonly why: string;
}

/** One upstream line that is tracked, by where its base comes from. */
interface LineOf<Base> {
  readonly name: string;
  readonly base: Base;
  readonly since?: Since;
  /** The release, newer than the base, from which on the hooks are others: those of `<line>-next.patch`. */
  readonly next?: { readonly release: string; readonly since?: Since };
  /** Set where it stands for the line from that release on. */
  readonly isNext?: true;
  /** Files that hooks change, and where older releases of the line have them. */
  readonly moved?: Readonly<Record<string, string>>;
  /** Tests of upstream's that fail with the base itself, patched or not, and why. */
  readonly differs?: Readonly<Record<string, string>>;
}

/** A line whose binary is linked with a distribution's library. */
export type LinkedLine = LineOf<SuiteBase>;

/** A line that upstream's repository alone has the source of. */
export type GitLine = LineOf<GitBase>;

/** One upstream line that is tracked, such as v24.x. */
export type Line = LinkedLine | GitLine;

/** What a line has of a proposal beyond what all of its lines have. */
interface Extra {
  readonly owns?: readonly string[];
  readonly docs?: readonly string[];
}

/** What has become of a proposal. */
type Fate =
  { readonly state: 'carried' } & Extra |
  { readonly state: 'landed'; readonly releases: readonly string[] } & Extra |
  { readonly state: 'not applicable'; readonly reason: string };

/** What has become of a proposal on one line, and on its next release where that differs. */
export type State = Fate & { readonly next?: Fate };

export interface Proposal {
  readonly name: string;
  readonly title: string;
  readonly upstream: readonly string[];
  readonly owns: readonly string[];
  readonly docs: readonly string[];
  /** The most hook lines that it may have on any one line. */
  readonly budget?: number;
  /** A base has upstream's own where that file has a line that matches the regular expression. */
  readonly probe?: { readonly file: string; readonly line: string };
  readonly lines: Readonly<Record<string, State>>;
}

/** A proposal as one line has it. */
export interface Placed {
  readonly proposal: Proposal;
  readonly state: 'carried' | 'landed';
  /** Its files on that line. */
  readonly owns: readonly string[];
  readonly docs: readonly string[];
}

interface LinesFile {
  readonly default: string;
  readonly lines: Readonly<Record<string, Omit<Line, 'name'>>>;
}

/** `lines["v24.x"].base.suite` for the JSON pointer `/lines/v24.x/base/suite`. */
function keyOf(pointer: string): string {
  return pointer.split('/').slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((key, part) => {
      if (/^\d+$/.test(part)) return `${key}[${part}]`;
      if (!/^[\w$]+$/.test(part)) return `${key}[${JSON.stringify(part)}]`;
      return key === '' ? part : `${key}.${part}`;
    }, '');
}

/** The values of the keys that tell what else an object has. */
const TAGS: Readonly<Record<string, string>> = {
  state: '"carried", "landed" or "not applicable"',
  from: '"suite" or "git"',
};

/** What the schema expected, in words, at the deepest key that has an error. */
function expectation(errors: readonly ErrorObject[]): { key: string; expected: string } {
  const [error] = [...errors]
    .sort((a, b) => b.instancePath.split('/').length - a.instancePath.split('/').length);
  const at = keyOf(error!.instancePath);
  const join = (name: string) => (at === '' ? name : keyOf(`${error!.instancePath}/${name}`));
  switch (error!.keyword) {
    case 'required':
      return { key: join(String(error!.params['missingProperty'])), expected: 'expected it to be there' };
    case 'additionalProperties':
      return {
        key: join(String(error!.params['additionalProperty'])),
        expected: 'expected no such key (is it misspelt?)',
      };
    case 'discriminator':
      return {
        key: join(String(error!.params['tag'])),
        expected: `expected ${TAGS[String(error!.params['tag'])] ?? 'another value'}`,
      };
    case 'pattern':
      return { key: at, expected: `expected text that matches ${error!.params['pattern']}` };
    case 'type':
      return { key: at, expected: `expected ${error!.params['type']}` };
    default:
      return { key: at, expected: `expected that it ${error!.message}` };
  }
}

/**
 * Reads a JSON file of the project and checks it against its schema.
 * @throws UserError naming the file, the key and what was expected there
 */
export function load<T>(file: string, schema: string): T {
  const name = shown(file);
  const todo = 'correct the file and run again';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`${name}: ${(error as Error).message}`, todo);
  }
  const validate = new Ajv({ allErrors: true, discriminator: true })
    .compile(JSON.parse(readFileSync(path.join(root, 'tools', 'core', 'schemas', schema), 'utf8')));
  if (!validate(value)) {
    const { key, expected } = expectation(validate.errors!);
    throw new UserError(`${name}: ${key === '' ? 'the whole file' : key}: ${expected}`, todo);
  }
  return value as T;
}

/** All lines by name, and the default one's name. */
export function loadLines(folder = root): { default: string; lines: ReadonlyMap<string, Line> } {
  const file = path.join(folder, 'lines.json');
  const value = load<LinesFile>(file, 'lines.schema.json');
  const lines = new Map(Object.entries(value.lines)
    .map(([name, line]) => [name, { name, ...line } as Line] as const));
  if (!lines.has(value.default)) {
    throw new UserError(
      `${shown(file)}: default: expected one of ${[...lines.keys()].join(', ')}`,
      'correct the file and run again');
  }
  return { default: value.default, lines };
}

function extrasOf({ next, ...own }: State): readonly string[] {
  return [own, ...next === undefined ? [] : [next]]
    .flatMap((fate) => (fate.state === 'not applicable' ? [] : [...fate.owns ?? [], ...fate.docs ?? []]));
}

/** Every file that a proposal has, whatever the line. */
export function filesOf({ owns, docs, lines }: Proposal): ReadonlySet<string> {
  return new Set([...owns, ...docs, ...Object.values(lines).flatMap(extrasOf)]);
}

/** The proposals in the order in which they are applied. */
export function loadProposals(folder = root): readonly Proposal[] {
  const file = path.join(folder, 'proposals.json');
  const { proposals } = load<{ proposals: Proposal[] }>(file, 'proposals.schema.json');
  const owners = new Map<string, string>();
  const known = loadLines(folder).lines;
  for (const [index, { name, owns, docs, lines }] of proposals.entries()) {
    const stray = Object.keys(lines).find((line) => !known.has(line));
    if (stray !== undefined) {
      throw new UserError(
        `${shown(file)}: proposals[${index}].lines: expected names of lines.json, not ${stray}`,
        'correct the file and run again');
    }
    const early = Object.keys(lines).find((line) => lines[line]!.next && !known.get(line)!.next);
    if (early !== undefined) {
      throw new UserError(
        `${shown(file)}: proposals[${index}].lines[${JSON.stringify(early)}].next: expected lines.json to name the release`,
        'give the line a "next" there, or take this one away');
    }
    // Several lines of a proposal may name a file, and only lines or the proposal.
    const extras = new Set(Object.values(lines).flatMap(extrasOf));
    for (const owned of [name, ...owns, ...docs, ...extras]) {
      const owner = owners.get(owned);
      if (owner !== undefined) {
        throw new UserError(
          `${shown(file)}: proposals[${index}]: expected ${owned} only once (${owner} has it)`,
          'correct the file and run again');
      }
      owners.set(owned, name);
    }
  }
  return proposals;
}

/** The line as it is from its next release on. */
export function nextOf(line: Line): Line {
  const since = line.next?.since;
  return { ...line, ...since && { since }, isNext: true };
}

/** What has become of a proposal on a line. */
export function stateOn({ lines }: Proposal, { name, isNext }: Line): Fate | undefined {
  const here = lines[name];
  return isNext ? here?.next ?? here : here;
}

/**
 * The proposals that a line has, ours or upstream's. Where upstream has its own
 * implementation, our tests still hold it to the manual, and our benchmarks
 * measure it.
 */
export function proposalsOn(line: Line, folder = root): readonly Placed[] {
  return loadProposals(folder).flatMap((proposal) => {
    const here = stateOn(proposal, line);
    if (here === undefined || here.state === 'not applicable') return [];
    const owns = proposal.owns.filter((file) => here.state === 'carried' || isTest(file) || isBenchmark(file));
    return [{
      proposal,
      state: here.state,
      owns: [...owns, ...here.owns ?? []],
      docs: [...here.docs ?? [], ...proposal.docs],
    }];
  });
}

/** The line's release, such as 24.19.0, in which a proposal landed upstream. */
export function landingOf({ proposal, state }: Placed, line: Line): string | undefined {
  const here = stateOn(proposal, line);
  if (state !== 'landed' || here?.state !== 'landed') return undefined;
  return here.releases.map((release) => release.slice(1))
    .find((release) => release.startsWith(`${line.base.major}.`));
}

/** Whether an owned file is a test. */
export function isTest(file: string): boolean {
  return file.startsWith('test-parallel/');
}

/** Whether an owned file is a benchmark. */
function isBenchmark(file: string): boolean {
  return file.startsWith('benchmark/');
}

/** The line of that name, or the default line where the name is empty. */
export function chooseLine(name: string | undefined): Line {
  const { default: fallback, lines } = loadLines();
  const line = lines.get(name || fallback);
  if (line === undefined) {
    throw new UserError(`there is no line ${name}`, `use LINE=${[...lines.keys()].join(' or LINE=')}`);
  }
  return line;
}

/** Whether a line's base has a library that its binary can be linked with. */
export function isLinked(line: Line): line is LinkedLine {
  return line.base.from === 'suite';
}

/** Whether upstream's repository alone has the source of a line. */
export const isGit = (line: Line): line is GitLine => !isLinked(line);

/** The project's version, from package.json. */
export function projectVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as
    { version: string };
  return version;
}
