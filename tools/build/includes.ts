import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Which files of a tree a C++ file includes, directly or through others. Read
 * as text, without the preprocessor: an include in a branch that is not taken
 * counts too, so a unit may be compiled once too often but is never missed.
 */
export class IncludeGraph {
  private readonly direct = new Map<string, readonly string[]>();

  /**
   * @param root the tree's folder
   * @param folders where includes are looked for after the including file's own
   *   folder, relative to the root
   */
  constructor(private readonly root: string, private readonly folders: readonly string[]) {}

  private includes(file: string): readonly string[] {
    const known = this.direct.get(file);
    if (known !== undefined) return known;
    let text = '';
    try {
      text = readFileSync(path.join(this.root, file), 'utf8');
    } catch {
      // Not a file of the tree: a system header, or one that is generated.
    }
    const found = [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]/gm)].flatMap(([, name]) =>
      [path.dirname(file), ...this.folders].map((folder) => path.normalize(path.join(folder, name!))));
    const unique = [...new Set(found)];
    this.direct.set(file, unique);
    return unique;
  }

  /** The files of `targets` that a file is or reaches. */
  reached(file: string, targets: ReadonlySet<string>): readonly string[] {
    const seen = new Set([file]);
    const queue = [file];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const included of this.includes(next)) {
        if (seen.has(included)) continue;
        seen.add(included);
        queue.push(included);
      }
    }
    return [...targets].filter((target) => seen.has(target));
  }
}
