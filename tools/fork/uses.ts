import { type AnyNode, parse } from 'acorn';
import { isNode, keyOf } from './twice.ts';

/** What a script uses of other files. */
export interface Uses {
  /** The modules that it requires. */
  readonly modules: ReadonlySet<string>;
  /** What it takes from them, such as `net#constants`. */
  readonly taken: ReadonlySet<string>;
  /** The properties that it reads, of any object. */
  readonly read: ReadonlySet<string>;
  /** The properties that it gives to objects. */
  readonly given: ReadonlySet<string>;
}

const noUses = () =>
  ({ modules: new Set<string>(), taken: new Set<string>(), read: new Set<string>(), given: new Set<string>() });

/** The name of a module without the scheme of those that are built in. */
const bare = (module: string) => module.replace(/^node:/, '');

/** Visits a tree from the outside in, and so in the order of the text. */
function walk(node: AnyNode, visit: (node: AnyNode) => void): void {
  visit(node);
  for (const child of Object.values(node).flat().filter(isNode)) walk(child, visit);
}

/** The module that an expression such as `require('net')` or `lazy ??= require('net')` gives. */
function requiredBy(node: AnyNode | null | undefined): string | undefined {
  if (node?.type === 'AssignmentExpression') return requiredBy(node.right);
  if (node?.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'require') return undefined;
  const [module] = node.arguments;
  return module?.type === 'Literal' && typeof module.value === 'string' ? bare(module.value) : undefined;
}

/** A script's tree, or undefined if it is none, which other linters say. */
function treeOf(text: string): AnyNode | undefined {
  try {
    return parse(text, { ecmaVersion: 'latest', allowReturnOutsideFunction: true, allowHashBang: true });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Gives the module that an expression stands for, as far as the tree tells by names. */
function resolverOf(tree: AnyNode): (node: AnyNode | null | undefined) => string | undefined {
  const modules = new Map<string, string>();
  walk(tree, (node) => {
    const [to, value] = node.type === 'VariableDeclarator' ? [node.id, node.init] :
      node.type === 'AssignmentExpression' ? [node.left, node.right] : [];
    const module = requiredBy(value);
    if (to?.type === 'Identifier' && module !== undefined) modules.set(to.name, module);
  });
  return (node) => requiredBy(node) ?? (node?.type === 'Identifier' ? modules.get(node.name) : undefined);
}

const known = new Map<string, Uses>();

/** What a whole script uses. Lines have most scripts in common, so that each is read once. */
export function usesOf(text: string): Uses {
  const uses = known.get(text) ?? readUses(text);
  known.set(text, uses);
  return uses;
}

function readUses(text: string): Uses {
  const uses = noUses();
  const tree = treeOf(text);
  if (tree === undefined) return uses;
  const moduleOf = resolverOf(tree);
  const take = (module: string | undefined, name: string | undefined) => {
    if (name === undefined) return;
    if (module !== undefined) uses.taken.add(`${module}#${name}`);
    uses.read.add(name);
  };
  walk(tree, (node) => {
    const module = requiredBy(node);
    if (module !== undefined) uses.modules.add(module);
    if (node.type === 'MemberExpression') take(moduleOf(node.object), keyOf(node.property, node.computed));
    if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern') {
      for (const one of node.id.properties) {
        if (one.type === 'Property') take(moduleOf(node.init), keyOf(one.key, one.computed));
      }
    } else if (node.type === 'ObjectPattern' || node.type === 'ObjectExpression') {
      const names = node.type === 'ObjectPattern' ? uses.read : uses.given;
      for (const one of node.properties) {
        const name = one.type === 'Property' ? keyOf(one.key, one.computed) : undefined;
        if (name !== undefined) names.add(name);
      }
    }
  });
  return uses;
}

/** What the lines that hooks add to a script use. They need not be a script by themselves. */
export function usesOfLines(text: string): Uses {
  const uses = noUses();
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$|\s\/\/ .*$/gm, '');
  for (const [, name] of code.matchAll(/\.(\w+)/g)) uses.read.add(name!);
  for (const [, quoted, name] of code.matchAll(/\brequire\('([^']+)'\)(?:\.(\w+))?/g)) {
    const module = bare(quoted!);
    uses.modules.add(module);
    if (name !== undefined) uses.taken.add(`${module}#${name}`);
  }
  for (const [, names, module] of code.matchAll(/\{([^{}]*)\} = require\('([^']+)'\)/g)) {
    for (const [, name] of names!.matchAll(/(?:^|,)\s*(\w+)/g)) uses.taken.add(`${bare(module!)}#${name}`);
  }
  for (const [, variable, module] of code.matchAll(/(\w+) (?:\?\?)?= require\('([^']+)'\)/g)) {
    const reads = new RegExp(`\\b(?<!\\.)${variable}\\.(\\w+)`, 'g');
    for (const [, name] of code.matchAll(reads)) uses.taken.add(`${bare(module!)}#${name}`);
  }
  return uses;
}

/**
 * What a module exports, or undefined if texts alone do not tell.
 * @param of gives what another module exports
 */
export function exportsOf(
  text: string,
  of: (module: string) => ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  const tree = treeOf(text);
  if (tree === undefined) return undefined;
  const moduleOf = resolverOf(tree);
  const names = new Set<string>();
  let isKnown = false as boolean;
  const isExports = (node: AnyNode) => node.type === 'MemberExpression' && node.object.type === 'Identifier' &&
    node.object.name === 'module' && keyOf(node.property, node.computed) === 'exports';
  walk(tree, (node) => {
    if (node.type !== 'AssignmentExpression') return;
    if (node.left.type === 'MemberExpression' && isExports(node.left.object)) {
      const name = keyOf(node.left.property, node.left.computed);
      if (name !== undefined) names.add(name);
    } else if (isExports(node.left)) {
      isKnown = node.right.type === 'ObjectExpression' && node.right.properties.every((one) => {
        if (one.type === 'Property') {
          const name = keyOf(one.key, one.computed);
          if (name !== undefined) names.add(name);
          return name !== undefined;
        }
        const module = moduleOf(one.argument);
        const spread = module === undefined ? undefined : of(module);
        for (const name of spread ?? []) names.add(name);
        return spread !== undefined;
      });
    }
  });
  return isKnown ? names : undefined;
}

/** The properties that C++ gives to a binding or to the objects in it. */
export function definedIn(text: string): ReadonlySet<string> {
  const call = /\b(?:Set\w*Method\w*|SetConstructorFunction|FIXED_ONE_BYTE_STRING)\s*\([^;"]*"(\w+)"/g;
  return new Set([...text.matchAll(call)].map(([, name]) => name!));
}
