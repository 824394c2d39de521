/** What `readelf --dynamic` says that a file needs, and whether it says itself where to look. */
export function readDynamic(text: string): { needed: readonly string[]; searches: string | undefined } {
  return {
    needed: [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]!),
    searches: /\((?:RPATH|RUNPATH)\).*\[(.+)\]/.exec(text)?.[1],
  };
}
