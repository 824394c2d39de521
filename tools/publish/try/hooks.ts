/** A change of some lines, as addon/hooks.cjs applies it. */
export interface Hunk {
  /** The index of the first of the lines before the change. */
  readonly at: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The hunks of a diff in git's format, by the path of the file that they change. */
export function hunksOf(diff: string): ReadonlyMap<string, readonly Hunk[]> {
  const files = diff.split(/^diff --git .*\n/m).slice(1);
  return new Map(files.map((text) => {
    const [, file] = /^\+\+\+ b\/(.*)$/m.exec(text)!;
    const hunks = [...text.matchAll(/^@@ -(\d+)(?:,\d+)? .*\n((?:[ +\-\\].*\n)*)/gm)].map(([, start, body]): Hunk => {
      const lines = body!.split('\n').slice(0, -1);
      const without = (sign: string) => lines.filter((line) => !line.startsWith(sign) && !line.startsWith('\\')).map((line) => line.slice(1));
      return { at: Number(start) - 1, before: without('+'), after: without('-') };
    });
    return [file!, hunks] as const;
  }));
}
