import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Finds the files of a tree that a C++ file includes, directly or indirectly.
 * The files are not preprocessed: an include in a disabled branch counts too,
 * so a unit may be compiled unnecessarily, but is never missed.
 */
export class IncludeGraph {
  private readonly direct = new Map<string, readonly string[]>();

  /**
   * @param root the tree's folder
   * @param folders include folders relative to the root, searched after the
   *   folder of the including file
   */
  constructor(private readonly root: string, private readonly folders: readonly string[]) {}

  private includes(file: string): readonly string[] {
    const known = this.direct.get(file);
    if (known !== undefined) return known;
    let text = '';
    try {
      text = readFileSync(path.join(this.root, file), 'utf8');
    } catch {
      // Not a file of the tree, but a system header or a generated one.
    }
    const found = [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]/gm)].flatMap(([, name]) =>
      [path.dirname(file), ...this.folders].map((folder) => path.normalize(path.join(folder, name!))));
    const unique = [...new Set(found)];
    this.direct.set(file, unique);
    return unique;
  }

  /** The files of `targets` that a file includes itself. */
  named(file: string, targets: ReadonlySet<string>): readonly string[] {
    return [...new Set(this.includes(file).filter((included) => targets.has(included)))];
  }

  /** The files of `targets` that a file includes, or is. */
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
