/**
 * Extracts from the output of `readelf --dynamic` which libraries a file needs,
 * and its RPATH or RUNPATH.
 */
export function readDynamic(text: string): { needed: readonly string[]; searches: string | undefined } {
  return {
    needed: [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]!),
    searches: /\((?:RPATH|RUNPATH)\).*\[(.+)\]/.exec(text)?.[1],
  };
}
