import path from 'node:path';
import ts from 'typescript';
import type { Compiler, Overlay } from './program.ts';
import { stagedPackage } from './stage.ts';

/** The minimum and maximum number of arguments of a signature. */
export type Range = readonly [least: number, most: number];

/** A member that the package declares. */
export interface Claim {
  /** The module or global namespace, and where in it the member is, e.g. `net.Socket`. */
  readonly owner: string;
  readonly name: string;
  readonly kind: 'method' | 'property';
  readonly readonly: boolean;
  readonly optional: boolean;
}

/** All that a class or an interface has, from the package and from @types/node. */
export interface Owner {
  readonly members: ReadonlySet<string>;
  /** The numbers of arguments that each method accepts. */
  readonly accepts: ReadonlyMap<string, ReadonlySet<number>>;
}

/** The declarations, as the compiler sees them. */
export interface Declared {
  readonly claims: readonly Claim[];
  readonly owners: ReadonlyMap<string, Owner>;
  /** The values that the modules export. */
  readonly exports: ReadonlyMap<string, ReadonlySet<string>>;
  /** The exports that the package itself declares, and its global functions. */
  readonly ownExports: readonly string[];
  /** Whether both names of the class stand for the same one. */
  readonly oneClass: boolean;
}

const MODULES = ['net', 'dgram', 'http', 'http2', 'tls', 'worker_threads', 'child_process', 'cluster'] as const;

/** The namespace that contains the type of `process`. */
const GLOBAL = 'NodeJS';

/** The name of a member at run time: `Symbol.dispose` for `[Symbol.dispose]`. */
function nameOf(symbol: ts.Symbol): string {
  const name = symbol.escapedName as string;
  if (name === (ts.InternalSymbolName.Constructor as string)) return 'constructor';
  return name.replace(/^__@(\w+)@\d+$/, 'Symbol.$1');
}

function rangeOf(node: ts.SignatureDeclaration): Range {
  const demanded = node.parameters.filter((each) => !each.questionToken && !each.dotDotDotToken);
  return [demanded.length, node.parameters.length];
}

/** The numbers of arguments that any of the ranges allows. */
export function countsOf(ranges: readonly Range[]): ReadonlySet<number> {
  const all = ([least, most]: Range) => Array.from({ length: most - least + 1 }, (_, more) => least + more);
  return new Set(ranges.flatMap(all));
}

type Method = ts.MethodSignature | ts.MethodDeclaration | ts.ConstructorDeclaration;

const isMethod = (node: ts.Declaration): node is Method =>
  ts.isMethodSignature(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node);

/** The members of a class or an interface, including the inherited ones, and its constructor. */
function membersOf(type: ts.Type, symbol: ts.Symbol): readonly ts.Symbol[] {
  const made = symbol.members?.get(ts.InternalSymbolName.Constructor);
  return [...made === undefined ? [] : [made], ...type.getProperties()];
}

function ownerOf(members: readonly ts.Symbol[]): Owner {
  const accepts = new Map(members.flatMap((member) => {
    const ranges = (member.declarations ?? []).filter(isMethod).map(rangeOf);
    return ranges.length === 0 ? [] : [[nameOf(member), countsOf(ranges)] as const];
  }));
  return { members: new Set(members.map(nameOf)), accepts };
}

function claimOf(owner: string, member: ts.Symbol, node: ts.Declaration): Claim {
  const flags = ts.getCombinedModifierFlags(node);
  return {
    owner,
    name: nameOf(member),
    kind: isMethod(node) ? 'method' : 'property',
    readonly: (flags & ts.ModifierFlags.Readonly) !== 0,
    optional: (member.flags & ts.SymbolFlags.Optional) !== 0,
  };
}

/**
 * Reads what the package declares in a staged folder.
 * @param overlay files of the package that replace the staged ones
 */
export function declared(compiler: Compiler, folder: string, overlay: Overlay = new Map()): Declared {
  const entry = path.join(folder, 'entry.mts');
  const imports = MODULES.map((name) => `import * as ${name} from 'node:${name}';`).join('\n');
  const program = compiler.program(folder, [entry], new Map([...overlay, [entry, imports]]));
  const checker = program.getTypeChecker();
  const own = stagedPackage(folder) + path.sep;
  const isOwn = (node: ts.Declaration) => node.getSourceFile().fileName.startsWith(own);
  // An interface by itself is not a value, but may share its name with one.
  const isOwnValue = (node: ts.Declaration) => isOwn(node) && !ts.isInterfaceDeclaration(node);
  // An exported symbol may lack what another name of its module was augmented with.
  const wholeOf = (node: ts.Node) => checker.getSymbolAtLocation((node as ts.DeclarationStatement).name!);

  const claims: Claim[] = [];
  const owners = new Map<string, Owner>();
  const exported = new Map<string, ReadonlySet<string>>();
  const source = program.getSourceFile(entry)!;
  const inScope = (kind: ts.SymbolFlags) => checker.getSymbolsInScope(source, kind);
  const ownExports = inScope(ts.SymbolFlags.Function)
    .filter((symbol) => symbol.declarations?.some(isOwnValue))
    .map(({ name }) => `globalThis.${name}`);
  const classes = new Map<string, ts.Declaration>();
  const spaces = [
    ...source.statements.map((statement) => {
      const from = (statement as ts.ImportDeclaration).moduleSpecifier as ts.StringLiteral;
      return [from.text.replace('node:', ''), checker.getSymbolAtLocation(from)!] as const;
    }),
    [GLOBAL, inScope(ts.SymbolFlags.Namespace).find(({ name }) => name === GLOBAL)!] as const,
  ];
  for (const [module, space] of spaces) {
    const values = new Set<string>();
    for (const name of checker.getExportsOfModule(space)) {
      const symbol = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
      if (symbol.flags & ts.SymbolFlags.Value) {
        values.add(name.name);
        const nodes = [...name.declarations ?? [], ...symbol.declarations ?? []];
        if (nodes.some(isOwnValue)) ownExports.push(`${module}.${name.name}`);
      }
      const full = `${module}.${name.name}`;
      const node = symbol.declarations?.find(ts.isClassDeclaration);
      if (node !== undefined) classes.set(full, node);
      // The second name of a class does not claim its members again.
      if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) || symbol.name !== name.name) continue;
      const members = membersOf(checker.getDeclaredTypeOfSymbol(symbol), symbol);
      owners.set(full, ownerOf(members));
      const whole = wholeOf(symbol.declarations![0]!);
      for (const member of members) {
        // An inherited member is a claim of the type that declares it.
        const node = member.declarations?.find((each) => isOwn(each) && wholeOf(each.parent) === whole);
        if (node !== undefined) claims.push(claimOf(full, member, node));
      }
    }
    exported.set(module, values);
  }
  const bound = classes.get('net.BoundSocket');
  const oneClass = bound !== undefined && classes.get('net.BoundHandle') === bound;
  return { claims, owners, exports: exported, ownExports, oneClass };
}
