import { readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { UserError } from '../../core/errors.ts';
import { linePaths, root, shown } from '../../core/paths.ts';
import { run } from '../../core/run.ts';
import type { Range } from './declared.ts';

/** A member of a prototype, as tools/verify/types/walk.js prints it. */
export interface Member {
  readonly name: string;
  readonly kind: 'method' | 'accessor' | 'value';
  /** Whether an accessor has a setter. */
  readonly writable?: boolean;
  /** A method's source. */
  readonly source?: string;
}

/** What a binary has at run time, and what its manual says. */
export interface Runtime {
  readonly exports: Readonly<Record<string, readonly string[]>>;
  readonly oneClass: boolean;
  readonly classes: Readonly<Record<string, readonly Member[]>>;
  readonly constants: {
    readonly names: readonly string[];
    readonly frozen: boolean;
    readonly integers: boolean;
  };
  /** The options that are read, by the interface that declares them. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  /** The interfaces whose option `handle` has an effect. */
  readonly adopting: readonly string[];
  /** The options that accept a list of socket options. */
  readonly taking: readonly string[];
  /** The calls that send a bound socket in their transfer list. */
  readonly transferring: readonly string[];
  /** The calls that send a bound socket to another process, and those that also listen for it there. */
  readonly sending: readonly string[];
  /** The numbers of arguments in the manual's headings for a method. */
  readonly headings: ReadonlyMap<string, readonly Range[]>;
}

/**
 * How many parameters a JavaScript function has, including those with a default, or
 * undefined if it accepts any number. For a class, those of its constructor.
 */
export function parametersOf(source: string): number | undefined {
  if (source.endsWith('{ [native code] }')) return undefined;
  const parse = (text: string) =>
    ts.createSourceFile('source.js', text, ts.ScriptTarget.Latest, true).statements[0]!;
  // The source of a method, or of a function without a name, is not a statement by itself.
  const whole = /^(async )?function\b/.test(source) ? source.replace(/^((async )?function) ?\(/, '$1 anonymous(') : source;
  const node = parse(/^((async )?function|class)\b/.test(whole) ? whole : `class Holder { ${source} }`);
  let parameters: readonly ts.ParameterDeclaration[] = [];
  if (ts.isFunctionDeclaration(node)) {
    ({ parameters } = node);
  } else if (ts.isClassDeclaration(node)) {
    const made = node.members.find(ts.isConstructorDeclaration) ?? node.members.find(ts.isMethodDeclaration);
    parameters = made?.parameters ?? [];
  }
  if (parameters.some((each) => each.dotDotDotToken !== undefined)) return undefined;
  return parameters.length;
}

const PREFIXES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  net: { boundSocket: 'net.BoundSocket', server: 'net.Server', socket: 'net.Socket', struct: 'net.SocketStruct' },
  dgram: { socket: 'dgram.Socket' },
  child_process: { subprocess: 'child_process.ChildProcess' },
  cluster: { worker: 'cluster.Worker' },
  process: { process: 'NodeJS.Process' },
};

const HEADING = /^#+ `(new )?(\w+)(?:\.(\w+)|\[(Symbol\.\w+)\])\((.*)\)`$/gm;

/** The arguments of methods according to the headings of a page of the manual. */
export function headingsOf(page: string, text: string): ReadonlyMap<string, readonly Range[]> {
  const found = new Map<string, Range[]>();
  for (const [, made, prefix, name, symbol, list] of text.matchAll(HEADING)) {
    const owner = made === undefined ? PREFIXES[page]?.[prefix!] : `${prefix}.${name}`;
    if (owner === undefined) continue;
    const key = `${owner}#${made === undefined ? name ?? symbol : 'constructor'}`;
    // Brackets mark optional arguments, and may be nested.
    const most = list!.trim() === '' ? 0 : list!.split(',').length;
    let depth = 0;
    let least = 0;
    for (const [part] of list!.matchAll(/[[\]]|\w+/g)) {
      if (part === '[') depth++;
      else if (part === ']') depth--;
      else if (depth === 0) least++;
    }
    found.set(key, [...found.get(key) ?? [], [least, most]]);
  }
  return found;
}

/** Starts a line's binary and reads its manual. */
export async function runtimeOf(line: string): Promise<Runtime> {
  const { node, tree } = linePaths(line);
  const { stdout } = await run(node, [path.join(root, 'tools', 'verify', 'types', 'walk.js')], {
    env: { NODE_OPTIONS: undefined },
    stall: 30,
    todo: `run \`make node LINE=${line}\`, then the same command again`,
  });
  const headings = new Map<string, readonly Range[]>();
  for (const page of Object.keys(PREFIXES)) {
    const file = path.join(tree, 'doc', 'api', `${page}.md`);
    const text = await readFile(file, 'utf8').catch(() => {
      throw new UserError(`${shown(file)} is not there`, `run \`make node LINE=${line}\``);
    });
    for (const [key, ranges] of headingsOf(page, text)) headings.set(key, ranges);
  }
  return { ...JSON.parse(stdout) as Omit<Runtime, 'headings'>, headings };
}
