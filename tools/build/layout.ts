/**
 * Reads from preprocessed C++ how structures are laid out, without compiling
 * it: their bases, data members and virtual functions, in order. Two texts that
 * differ in none of these give the same layout.
 */

/** A structure as one text defines it. */
export interface Structure {
  /** The file that defines it, as the compiler names it. */
  readonly file: string;
  /** What its layout depends on, one entry for each base and member. */
  readonly parts: readonly string[];
}

interface Token {
  readonly text: string;
  readonly file: string;
}

const TOKEN = /[A-Za-z_]\w*|\d[\w.']*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|::|\S/g;

/** The tokens that come from some files, in order. */
function tokensOf(text: string, isWanted: (file: string) => boolean): readonly Token[] {
  const tokens: Token[] = [];
  let file = '';
  let wanted = false;
  for (const line of text.split('\n')) {
    const marker = /^# \d+ "([^"]*)"/.exec(line);
    if (marker !== null) {
      file = marker[1]!;
      wanted = isWanted(file);
    } else if (wanted && !line.startsWith('#')) {
      for (const [token] of line.matchAll(TOKEN)) tokens.push({ text: token, file });
    }
  }
  return tokens;
}

const CLOSING: ReadonlyMap<string, string> = new Map([['(', ')'], ['[', ']'], ['{', '}']]);

const ACCESS = new Set(['public', 'private', 'protected']);

/** Words that may stand in front of `struct`. */
const BEFORE = new Set(['typedef', 'static', 'const', 'constexpr', 'inline', 'extern', 'mutable']);

/** The tokens in front of which a parenthesis does not begin a list of parameters. */
const NO_FUNCTION = new Set(['alignas', 'decltype', 'sizeof', '__attribute__', 'noexcept', 'explicit']);

/** Calls back for each token that is inside no brackets, angle brackets included. */
function atTop(words: readonly string[], visit: (word: string, at: number) => boolean | undefined): void {
  let depth = 0;
  let angles = 0;
  for (const [at, word] of words.entries()) {
    if (depth === 0 && angles === 0 && visit(word, at)) return;
    if (CLOSING.has(word)) depth++;
    else if (/^[)\]}]$/.test(word)) depth--;
    else if (depth === 0 && word === '<' && /^\w/.test(words[at - 1] ?? '')) angles++;
    else if (depth === 0 && word === '>' && angles > 0) angles--;
  }
}

/** The place of the first token of some kinds that is inside no brackets, or -1. */
function find(words: readonly string[], ...wanted: readonly string[]): number {
  let found = -1;
  atTop(words, (word, at) => {
    if (wanted.includes(word)) found = at;
    return found !== -1;
  });
  return found;
}

/** A statement without `template <...>` in front of it. */
function withoutTemplate(words: readonly string[]): readonly string[] {
  let rest = words;
  while (rest[0] === 'template') {
    let angles = 0;
    let depth = 0;
    const end = rest.findIndex((word) => {
      if (word === '(' || word === ')') depth += word === '(' ? 1 : -1;
      else if (depth === 0 && (word === '<' || word === '>')) angles += word === '<' ? 1 : -1;
      return word === '>' && depth === 0 && angles === 0;
    });
    rest = rest.slice(end + 1);
  }
  return rest;
}

/** Whether a statement declares a function: it has parameters in front of any initializer. */
function isFunction(words: readonly string[]): boolean {
  if (words.includes('operator')) return true;
  let result = false;
  atTop(words, (word, at) => {
    // `(*name)(int)` is a member that points to a function.
    if (word === '=' || (word === '(' && words[at + 1] === '*')) return true;
    result = word === '(' && !NO_FUNCTION.has(words[at - 1] ?? '');
    return result;
  });
  return result;
}

/** What a member adds to the layout of its class; undefined if it is a plain function. */
function partOf(statement: readonly string[]): string | undefined {
  const words = withoutTemplate(statement);
  if (words.length === 0 || words !== statement || /^(friend|static_assert)$/.test(words[0]!)) return undefined;
  if (isFunction(words)) {
    if (!words.some((word) => word === 'virtual' || word === 'override' || word === 'final')) return undefined;
    return words.slice(0, words.includes('{') ? words.indexOf('{') : undefined).join(' ');
  }
  if (words[0] === 'static' || words[0] === 'using' || words[0] === 'typedef') return words.join(' ');
  // Where one statement declares several members, their values stay in it.
  const end = find(words, ',') === -1 ? find(words, '=', '{') : -1;
  return words.slice(0, end === -1 ? undefined : end).join(' ');
}

class Reader {
  readonly found = new Map<string, Structure>();
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** Passes over everything up to the bracket that closes the one that was read. */
  private skip(open: string): readonly string[] {
    const words = [open];
    const waiting = [CLOSING.get(open)!];
    while (waiting.length > 0 && this.at < this.tokens.length) {
      const { text } = this.tokens[this.at++]!;
      words.push(text);
      if (CLOSING.has(text)) waiting.push(CLOSING.get(text)!);
      else if (text === waiting.at(-1)) waiting.pop();
    }
    return words;
  }

  /**
   * Reads the definition of a structure after its opening brace.
   * @returns its parts
   */
  private structure(head: readonly string[], scope: string, file: string): readonly string[] {
    const colon = find(head, ':');
    const own = (colon === -1 ? head : head.slice(0, colon)).filter((word) => word !== 'final');
    const name = own.slice(1).join('').replace(/^(alignas\(.*?\)|__attribute__\(\(.*?\)\)|\[\[.*?\]\])+/, '');
    const full = name === '' ? '' : scope === '' ? name : `${scope}::${name}`;
    const parts = colon === -1 ? [] : [head.slice(colon).join(' ')];
    parts.push(...this.scope(full, true));
    if (full !== '') this.found.set(full, { file, parts });
    return parts;
  }

  /**
   * Reads declarations up to the brace that closes a scope.
   * @returns for a class, the parts of its layout
   */
  scope(scope: string, isClass = false): readonly string[] {
    const parts: string[] = [];
    let words: string[] = [];
    const end = () => {
      const part = isClass ? partOf(words) : undefined;
      if (part !== undefined) parts.push(part);
      words = [];
    };
    while (this.at < this.tokens.length) {
      const { text, file } = this.tokens[this.at++]!;
      if (text === '}') break;
      if (text === ';') {
        end();
      } else if (text === ':' && words.length === 1 && ACCESS.has(words[0]!)) {
        words = [];
      } else if (text === '(' || text === '[') {
        words.push(...this.skip(text));
      } else if (text !== '{') {
        words.push(text);
      } else {
        const head = withoutTemplate(words);
        const key = head.findIndex((word) => !BEFORE.has(word));
        if (head.includes('namespace')) {
          const name = head.slice(head.indexOf('namespace') + 1).join('');
          this.scope([scope, name].filter((part) => part !== '').join('::'));
          words = [];
        } else if (head[0] === 'extern' && head.length === 2) {
          parts.push(...this.scope(scope));
          words = [];
        } else if (/^(class|struct|union)$/.test(head[key] ?? '') && !isFunction(head)) {
          const inner = this.structure(head.slice(key), scope, file);
          // A member without a type of its own, or the name of its type.
          words = head[key + 1] === undefined ? [head[key]!, `{${inner.join('; ')}}`] : [...head.slice(key, key + 2)];
          if (this.tokens[this.at]?.text === ';') {
            // Only what has no name is a member itself.
            if (head[key + 1] === undefined && isClass) parts.push(words.join(' '));
            words = [];
            this.at++;
          }
        } else if (isFunction(head)) {
          const isList = find(head, ':') > find(head, '(') && /^[\w>]/.test(head.at(-1)!);
          const body = this.skip('{');
          if (isList) {
            words.push(...body);
          } else {
            end();
          }
        } else {
          words.push(...this.skip('{'));
        }
      }
    }
    return parts;
  }
}

/**
 * The structures that some files define, by their full names.
 * @param text the output of the preprocessor, with its markers of lines
 */
export function structuresIn(text: string, isWanted: (file: string) => boolean): ReadonlyMap<string, Structure> {
  const reader = new Reader(tokensOf(text, isWanted));
  reader.scope('');
  return reader.found;
}

/** The names of structures that have another layout, or none, in the second text. */
export function otherLayouts(
  library: ReadonlyMap<string, Structure>,
  ours: ReadonlyMap<string, Structure>,
): readonly string[] {
  return [...ours].filter(([name, { parts }]) => {
    const there = library.get(name);
    return there !== undefined && there.parts.join('\n') !== parts.join('\n');
  }).map(([name]) => name);
}
