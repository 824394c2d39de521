import { Instrumenter } from '@stryker-mutator/instrumenter';
import type { Mutation } from './mutation.ts';

/** The parts of Babel's nodes that the rules look at. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly callee?: Node;
  readonly object?: Node;
  readonly property?: Node;
  readonly left?: Node;
  readonly expression?: Node;
  readonly key?: Node;
  readonly value?: Node | string;
  readonly properties?: readonly Node[];
}

/** A name, or the last part of one: `emitWarning` of `process.emitWarning`. */
const nameOf = (node: Node | undefined): string => node?.name ?? (node?.property === undefined ? '' : nameOf(node.property));

/** Calls whose arguments say what to load, or what to print. */
const NO_BEHAVIOUR = /^(require|internalBinding|Symbol|debug|emitWarning|emitExperimentalWarning)$/;

const isText = ({ type }: Node): boolean => type === 'StringLiteral' || type === 'TemplateLiteral';

/**
 * Why changes to a part of the code are left out, or undefined if they are not. No test
 * can notice some of them, and should notice others.
 */
export function exemption(node: Node, parent: Node | undefined): string | undefined {
  const callee = nameOf(node.callee);
  if (node.type === 'CallExpression' && NO_BEHAVIOUR.test(callee)) return 'what is loaded or printed';
  if (node.type === 'NewExpression' && /^ERR_|(Error|Exception\w*)$/.test(callee)) return 'the text of an error';
  if (isText(node) && parent?.type === 'CallExpression' && nameOf(parent.callee).startsWith('validate')) {
    return 'the name of an argument';
  }
  if (node.type === 'AssignmentExpression' && node.left?.object?.name === 'module') return 'what is exported';
  if (/^Class(Private)?Method$|^ObjectMethod$/.test(node.type) && /^(custom|kInspect|SymbolToStringTag)$/.test(nameOf(node.key))) {
    return 'what is inspected';
  }
  if (node.left?.object?.name === 'process' && nameOf(node.left) === 'platform') return 'another system';
  const [only, ...more] = node.properties ?? [];
  if (node.type === 'ObjectExpression' && only?.key?.name === '__proto__' && more.length === 0) return 'a prototype';
  return undefined;
}

const logger = {
  isTraceEnabled: () => false, isDebugEnabled: () => false, isInfoEnabled: () => false,
  isWarnEnabled: () => false, isErrorEnabled: () => false, isFatalEnabled: () => false,
  trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, fatal: () => {},
};

const ignorer = {
  shouldIgnore(path: object) {
    const { node, parent } = path as { node: Node; parent?: Node };
    return exemption(node, parent);
  },
};

/** The single changes that Stryker makes to a file of JavaScript, without those that the rules leave out. */
export async function javascriptMutations(file: string, text: string): Promise<readonly Mutation[]> {
  const { mutants } = await new Instrumenter(logger).instrument(
    [{ name: file, content: text, mutate: true }],
    { plugins: null, ignorers: [ignorer], excludedMutations: [] });
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const offset = ({ line, column }: { line: number; column: number }) => starts[line]! + column;
  return mutants
    .filter(({ status }) => status !== 'Ignored')
    .map(({ location, replacement }) =>
      ({ file, from: offset(location.start), to: offset(location.end), replacement }));
}
