import type { Mutation } from './mutation.ts';

/** Statements whose absence or change says nothing about tests: checks, and what a snapshot needs. */
const NO_BEHAVIOUR = /^\s*(D?CHECK|static_assert|UNREACHABLE|registry->|tracker->|using |#|template|enum )/;

/**
 * A call, an assignment or a lock, on lines of its own. Anything else with a type in front of
 * it is a declaration.
 */
const STATEMENT = /(?<=[;{})]\n)( +)((?!return\b)[\w:.*[\]>-]+(?: [|&+-]?= [^;{}]+|(?:(?<=Lock) \w+)?\([^;{}]*\));)$/gm;

/** A text in which comments, and what is in quotes, are blank. All else is where it was. */
export function codeOf(text: string): string {
  return text.replace(/\/\/.*|\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)'/g,
                      (match) => match.replace(/[^\n]/g, ' '));
}

/** The index after the parenthesis that closes the one at an index. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === '(') depth++;
    if (code[at] === ')' && --depth === 0) return at + 1;
  }
  return code.length;
}

/** What becomes of an operator. Where it is not between spaces it is part of a type. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '==': ['!='], '!=': ['=='], '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'],
  '&&': ['||'], '||': ['&&'], '+': ['-'], '-': ['+'], '|': ['&'], '&': ['|'],
};

/**
 * Single changes to a file of C++: a condition is true or false, an operator is another, a
 * number is larger by one, a statement is missing, a result is empty. The compiler refuses
 * some of them.
 */
export function cppMutations(file: string, text: string): readonly Mutation[] {
  const code = codeOf(text);
  const found: Mutation[] = [];
  const add = (from: number, to: number, replacement: string) => {
    const start = code.lastIndexOf('\n', from - 1) + 1;
    if (!NO_BEHAVIOUR.test(code.slice(start, to))) found.push({ file, from, to, replacement });
  };
  for (const { 0: { length }, index } of code.matchAll(/\b(if|while) (?=\()/g)) {
    const open = index + length;
    const end = closing(code, open);
    if (code.slice(open, end).includes(';')) continue;
    add(open, end, '(false)');
    if (code.startsWith('if', index)) add(open, end, '(true)');
  }
  for (const { 1: operator, index } of code.matchAll(/(?<= )(==|!=|<=|>=|<|>|&&|\|\||\+|-|\||&)(?=[ \n])/g)) {
    for (const other of OPERATORS[operator!]!) add(index, index + operator!.length, other);
  }
  for (const { 0: number, index } of code.matchAll(/(?<![\w.])\d+(?![\w.])/g)) {
    add(index, index + number.length, String(Number(number) + 1));
  }
  for (const { 0: value, index } of code.matchAll(/\b(true|false)\b/g)) {
    add(index, index + value.length, value === 'true' ? 'false' : 'true');
  }
  for (const { 1: indent, 2: statement, index } of code.matchAll(STATEMENT)) {
    const from = index + indent!.length;
    add(from, from + statement!.length, ';');
  }
  for (const { 0: statement, index } of code.matchAll(/\breturn (?!\d+;|true;|false;|nullptr;)[^;{}]+;/g)) {
    add(index, index + statement.length, 'return {};');
  }
  return found.sort((a, b) => a.from - b.from);
}
