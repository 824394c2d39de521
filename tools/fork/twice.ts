import { type AnyNode, parse } from 'acorn';
import { UserError } from '../core/errors.ts';
import type { Repository } from '../core/git.ts';

/** A definition of a name that is already defined in the same place. */
export interface Fault {
  readonly line: number;
  readonly what: string;
}

/** Whether a value in a tree is a node of it. */
export const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** The name of a key, or undefined if it is computed. */
export function keyOf(key: AnyNode, computed: boolean): string | undefined {
  if (key.type === 'Literal') return String(key.value);
  if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  return key.type === 'Identifier' && !computed ? key.name : undefined;
}

/**
 * Formats an expression as a path such as `Socket.prototype.bindSync`, or
 * returns undefined if it is not one.
 */
function pathOf(node: AnyNode | undefined): string | undefined {
  if (node?.type === 'Identifier') return node.name;
  if (node?.type !== 'MemberExpression') return undefined;
  const [object, key] = [pathOf(node.object), keyOf(node.property, node.computed)];
  return object === undefined || key === undefined ? undefined : `${object}.${key}`;
}

/**
 * What a top-level statement defines, other than a class. The members of a
 * class, which code outside of it can also define, are handled separately.
 */
function definedBy(node: AnyNode): string | undefined {
  if (node.type === 'FunctionDeclaration') return node.id?.name;
  if (node.type !== 'ExpressionStatement') return undefined;
  const { expression } = node;
  if (expression.type === 'AssignmentExpression') return pathOf(expression.left);
  if (expression.type !== 'CallExpression' || pathOf(expression.callee) !== 'ObjectDefineProperty') return undefined;
  const [object, key] = expression.arguments;
  const owner = pathOf(object);
  return owner === undefined || key?.type !== 'Literal' ? undefined : `${owner}.${String(key.value)}`;
}

/** The name under which a node's value becomes known. */
function nameOf(node: AnyNode): string | undefined {
  if (node.type === 'VariableDeclarator') return pathOf(node.id);
  if (node.type === 'AssignmentExpression') return pathOf(node.left);
  return node.type === 'Property' ? keyOf(node.key, node.computed) : undefined;
}

/** The names that a text defines more than once in one place, in source order. */
function twiceIn(text: string): ReadonlyArray<Fault & { readonly name: string }> {
  const found = new Map<string, number>();
  const twice: Array<Fault & { name: string }> = [];
  // A getter and a setter with the same name do not conflict.
  const define = (scope: number, kind: string, name: string | undefined, node: AnyNode) => {
    const { line } = node.loc!.start;
    const half = kind === 'get' || kind === 'set' ? kind : '';
    const first = found.get(`${scope} ${half} ${name}`);
    if (first !== undefined) twice.push({ line, name: `${name}`, what: `${name} stands twice, first in line ${first}` });
    else if (name !== undefined) found.set(`${scope} ${half} ${name}`, line);
  };
  const keys = (node: AnyNode, owner: string, scope: number) => {
    if (node.type === 'ObjectExpression') {
      for (const one of node.properties) {
        const key = one.type === 'Property' ? keyOf(one.key, one.computed) : undefined;
        if (one.type === 'Property' && key !== undefined) define(node.start, one.kind, `'${key}' in ${owner}`, one);
      }
    } else if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') {
      const name = node.id?.name ?? owner;
      for (const one of node.body.body) {
        const key = one.type === 'StaticBlock' ? undefined : keyOf(one.key, one.computed);
        if (one.type === 'StaticBlock' || key === undefined) continue;
        const kind = one.type === 'MethodDefinition' ? one.kind : '';
        define(scope, kind, `${name}.${one.static ? '' : 'prototype.'}${key}`, one);
      }
    }
  };
  const walk = (node: AnyNode, owner: string, scope: number) => {
    keys(node, owner, scope);
    for (const child of Object.values(node).flat().filter(isNode)) walk(child, nameOf(node) ?? owner, child.start);
  };
  const options = { ecmaVersion: 'latest', allowReturnOutsideFunction: true, locations: true } as const;
  for (const node of parse(text, options).body) {
    define(0, '', definedBy(node), node);
    walk(node, 'an object', 0);
  }
  return twice;
}

/**
 * Finds mistakes in a changed file that git merges without a conflict: a key
 * that occurs twice in an object literal, or a name that both the file and the
 * change define. A deliberate replacement is an assignment.
 */
export function faultsOf(before: string, after: string): readonly Fault[] {
  const known = (() => {
    try {
      return new Set(twiceIn(before).map(({ name }) => name));
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  })();
  // If the file cannot be parsed even without the change, nothing can be said about it.
  if (known === undefined) return [];
  try {
    return twiceIn(after).filter(({ name }) => !known.has(name)).map(({ line, what }) => ({ line, what }));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { loc } = error as SyntaxError & { loc?: { line: number } };
    return [{ line: loc?.line ?? 1, what: error.message.replace(/ \(\d+:\d+\)$/, '') }];
  }
}

/** The faults in the files below lib/ that differ between two trees. */
export async function* faultsBetween(
  repository: Repository,
  before: string,
  after: string,
): AsyncGenerator<Fault & { readonly file: string }> {
  const names = await repository.git(['diff', '--name-only', '-z', '--no-renames', '--diff-filter=M', before, after, '--', 'lib']);
  for (const file of names.split('\0').filter((name) => name.endsWith('.js'))) {
    const [old, now] = await Promise.all([before, after].map((tree) => repository.git(['show', `${tree}:${file}`])));
    for (const fault of faultsOf(old!, now!)) yield { file, ...fault };
  }
}

/** Throws if a proposal defines something that its base already defines. */
export async function refuseTwice(repository: Repository, name: string, before: string, after: string): Promise<void> {
  for await (const { file, line, what } of faultsBetween(repository, before, after)) {
    throw new UserError(`${file}:${line}: ${what}, with the hooks of ${name}`,
                        'let the hook replace what is there or leave it out, and run again');
  }
}
