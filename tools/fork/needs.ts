// fork: what proposals use of one another without saying that they need it.
// In: proposals.json, the files that proposals own, and their hooks. It takes no base and no fork
// tree, and so nothing of upstream's is known but what its types declare (vocabulary.ts).
// Out: a sentence for each use of what only proposals bring that are not needed (uses.ts reads scripts).
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Line } from '../core/lines.ts';
import { root } from '../core/paths.ts';
import { isTest, type Placed, proposalsOn, withNeeds } from '../core/proposals.ts';
import { hookFile, pageOf } from './apply.ts';
import { changesOf } from './hooks.ts';
import { parseBlocks } from './splice.ts';
import { definedIn, exportsOf, type Uses, usesOf, usesOfLines } from './uses.ts';
import { isCommon } from './vocabulary.ts';

/** A proposal that uses what its branch lacks. */
export interface NeedFault {
  readonly proposal: string;
  readonly text: string;
}

/** A file that a proposal owns, or the lines that its hooks add to one of upstream's. */
interface Source {
  readonly file: string;
  readonly text: string;
  readonly isHook: boolean;
}

/** Something that a proposal brings or uses: its kind, and its name among those. */
interface Thing {
  readonly kind: 'header' | 'module' | 'member' | 'file' | 'binding' | 'error' | 'heading' | 'api';
  readonly name: string;
}

interface Use extends Thing {
  readonly file: string;
  /** What the file does, such as `includes "x.h"`. */
  readonly does: string;
}

const keyOf = ({ kind, name }: Thing) => `${kind} ${name}`;
const isScript = (file: string) => /\.[cm]?js$/.test(file);
const isCpp = (file: string) => /^src\/.*\.(cc|h)$/.test(file);
const moduleOf = (file: string) => /^lib\/(.+)\.js$/.exec(file)?.[1];
/** A member of a module as one would write it. */
const shownMember = (name: string) => name.replace(/^(internal\/[^#]*)#/, '\'$1\'#').replace('#', '.');
const things = (kind: Thing['kind'], names: Iterable<string>): readonly Thing[] => [...names].map((name) => ({ kind, name }));
const matches = (text: string, what: RegExp): readonly string[] => [...text.matchAll(what)].map(([, found]) => found!);

function sourcesOf({ proposal, owns, docs }: Placed, line: Line, folder: string): readonly Source[] {
  // A file that is missing is refused where it is applied.
  const own = [...owns, ...docs].filter((file) => existsSync(path.join(folder, file))).map(
    (file) => ({ file, text: readFileSync(path.join(folder, file), 'utf8'), isHook: false }));
  const patch = hookFile(proposal, line, folder);
  if (!existsSync(patch)) return own;
  const changes = changesOf(readFileSync(patch, 'utf8'), patch);
  const hooked = [...new Set(changes.map(({ file }) => file))].map((file) => {
    const lines = changes.filter((change) => change.file === file).flatMap((change) => change.added);
    return { file, text: lines.join('\n'), isHook: true };
  });
  return [...own, ...hooked];
}

/** The members of modules, and the other methods, properties and options that sections of the manual describe. */
function describedBy({ file, text }: Source, line: Line): readonly Thing[] {
  const module = path.basename(pageOf(file), '.md');
  return parseBlocks(text, file).flatMap((block) => {
    if (!['option', 'before', 'after', 'replace'].includes(block.where)) return [];
    const prose = block.text.replaceAll(/^(```+)[^]*?^\1$/gm, '');
    // A list of strings that an option takes names what they bring.
    const options = [
      ...matches(prose, block.where === 'option' ? /^ *\* `(\w+)` \{/gm : /^ +\* `(\w+)` \{/gm),
      ...matches(prose, /^ *\* `'(\w+)'` \{/gm),
    ];
    const headings = [...prose.matchAll(/^#+ (?:Class: )?`(?:new )?(\w+)\.(\w+)/gm)];
    const others = headings.filter(([, object]) => object !== module).map(([, , name]) => name!);
    return [
      ...things('heading', matches(prose, /^(#+ .+)$/gm).map((heading) => `${module}: ${heading}`)),
      ...things('member', headings.filter(([, object]) => object === module).map(([, , name]) => `${module}#${name}`)),
      ...things('api', [...options, ...others].filter((name) => !isCommon(line, name))),
    ];
  });
}

/** What a source brings that others can use. */
function broughtBy(source: Source, line: Line): readonly Thing[] {
  const { file, text, isHook } = source;
  if (file.startsWith('doc-api/')) return describedBy(source, line);
  if (file === 'lib/internal/errors.js') return things('error', matches(text, /\bE\('(\w+)'/g));
  const module = moduleOf(file);
  return [
    ...isHook ? [] : things('file', [file]),
    ...!isHook && file.endsWith('.h') ? things('header', [file.replace(/^src\//, '')]) : [],
    ...!isHook && module !== undefined ? things('module', [module]) : [],
    ...isCpp(file) ? things('binding', [...definedIn(text)].filter((name) => !isCommon(line, name))) : [],
  ];
}

function usesOfScript({ file, text, isHook }: Source): readonly Use[] {
  const uses: Uses = isHook ? usesOfLines(text) : usesOf(text);
  const use = (kind: Thing['kind'], names: Iterable<string>, does: (name: string) => string) =>
    things(kind, names).map((thing) => ({ ...thing, file, does: does(thing.name) }));
  const isOutside = isTest(file) || file.startsWith('benchmark/');
  return [
    ...use('module', uses.modules, (name) => `requires '${name}'`),
    ...use('member', uses.taken, (name) => `uses ${shownMember(name)}`),
    ...use('binding', uses.read, (name) => `uses ${name} of a binding`),
    ...isOutside ? use('api', new Set([...uses.read, ...uses.given]), (name) => `uses ${name}`) : [],
  ];
}

/** What a source uses that another proposal could bring. */
function usedBy(source: Source): readonly Use[] {
  const { file, text } = source;
  const codes = things('error', new Set(matches(text, /\b(ERR_\w+)/g)))
    .map((thing) => ({ ...thing, file, does: `uses ${thing.name}` }));
  const rest = (): readonly Use[] => {
    if (isScript(file)) return usesOfScript(source);
    if (isCpp(file)) {
      return things('header', matches(text, /^#include "([^"]+)"/gm)).map((thing) => ({ ...thing, file, does: `includes "${thing.name}"` }));
    }
    if (file === 'node.gyp') {
      return things('file', matches(text, /'(src\/[^']+)'/g)).map((thing) => ({ ...thing, file, does: `lists ${thing.name}` }));
    }
    if (!file.startsWith('doc-api/')) return [];
    const page = path.basename(pageOf(file), '.md');
    return parseBlocks(text, file).filter(({ where }) => where !== 'links')
      .map(({ heading }) => ({ kind: 'heading', name: `${page}: ${heading}`, file, does: `is placed by the heading "${heading}"` }));
  };
  return [...codes, ...rest()];
}

/** What the modules of a line export, as far as their text tells. */
function exportsOn(sources: readonly Source[]): (module: string) => ReadonlySet<string> | undefined {
  const texts = new Map(sources.flatMap(({ file, text, isHook }) => {
    const module = moduleOf(file);
    return isHook || module === undefined ? [] : [[module, text] as const];
  }));
  const known = new Map<string, ReadonlySet<string> | undefined>();
  const of = (module: string): ReadonlySet<string> | undefined => {
    const text = texts.get(module);
    if (text === undefined || known.has(module)) return known.get(module);
    known.set(module, undefined);
    known.set(module, exportsOf(text, of));
    return known.get(module);
  };
  return of;
}

/**
 * Says what each proposal of a line uses that only proposals bring which it does not need,
 * directly or through others. It tells from texts alone, within seconds: what it names is
 * missing, and what it does not name can still be.
 */
export function needFaults(line: Line, folder = root): readonly NeedFault[] {
  const placed = proposalsOn(line, folder)
    .map((one) => ({ name: one.proposal.name, sources: sourcesOf(one, line, folder) }));
  const bringers = new Map<string, Set<string>>();
  for (const { name, sources } of placed) {
    for (const key of sources.flatMap((source) => broughtBy(source, line)).map(keyOf)) {
      bringers.set(key, (bringers.get(key) ?? new Set()).add(name));
    }
  }
  const exported = exportsOn(placed.flatMap(({ sources }) => sources));
  const lacks = ({ kind, name }: Thing) => {
    const [module, member] = name.split('#');
    return kind === 'member' && exported(module!)?.has(member!) === false;
  };
  return placed.flatMap(({ name, sources }) => {
    const needed = new Set(withNeeds(line, name, folder).map(({ proposal }) => proposal.name));
    const texts = sources.flatMap(usedBy).flatMap((use) => {
      const said = `${name}: ${use.file} ${use.does}`;
      if (lacks(use)) return [`${said}, which that module does not export`];
      const those = [...bringers.get(keyOf(use)) ?? []];
      if (those.length === 0 || those.some((one) => needed.has(one))) return [];
      return [`${said}, which no proposal that it needs brings (${those.join(' and ')} ${those.length === 1 ? 'does' : 'do'})`];
    });
    return [...new Set(texts)].map((text) => ({ proposal: name, text }));
  });
}
