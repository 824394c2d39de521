/** A single change to a file of ours. */
export interface Mutation {
  /** The file in the tree of Node: `lib/internal/keep_alive.js`. */
  readonly file: string;
  /** Where the text begins that is replaced, and where it ends. */
  readonly from: number;
  readonly to: number;
  readonly replacement: string;
}

/** A change, with what is needed to try it and to tell of it. */
export interface Mutant {
  readonly mutation: Mutation;
  /** The text of the file with it. */
  readonly text: string;
  /** `lib/internal/keep_alive.js:12 a < b -> a <= b`. */
  readonly name: string;
  /** The text of the line in which it begins. */
  readonly line: string;
  /** `a < b -> a <= b`. */
  readonly change: string;
}

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
};

/** Names the changes to a file with a text. */
export function mutantsOf(text: string, mutations: readonly Mutation[]): readonly Mutant[] {
  return mutations.map((mutation) => {
    const { file, from, to, replacement } = mutation;
    const before = text.slice(0, from).split('\n');
    const change = `${short(text.slice(from, to))} -> ${short(replacement) || '(nothing)'}`;
    return {
      mutation,
      text: `${text.slice(0, from)}${replacement}${text.slice(to)}`,
      name: `${file}:${before.length} ${change}`,
      line: `${before.at(-1)!}${text.slice(from).split('\n', 1)[0]!}`.trim(),
      change,
    };
  });
}
