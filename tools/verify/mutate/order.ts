import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Mutant } from './mutation.ts';

/**
 * Some changes in an order that a seed determines. Where one comes does not depend on the
 * others, so a larger sample contains a smaller one, and still does when the code changes.
 */
export function shuffled(mutants: readonly Mutant[], seed: number): readonly Mutant[] {
  const seen = new Map<string, number>();
  return mutants
    .map((mutant) => {
      const key = JSON.stringify([seed, mutant.mutation.file, mutant.line, mutant.change]);
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      return { mutant, place: createHash('sha256').update(`${key} ${count}`).digest('hex') };
    })
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ mutant }) => mutant);
}

/** The words of a name or of code: `setKeepAlive`, `bound_handle_sharing.cc`. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((word) => word.length > 1)
    .map((word) => word.toLowerCase());
}

/**
 * Some tests, those first that are most likely to notice a change: those that run its
 * place, then those whose names have words of its file and line, then the quickest.
 */
export function likelyFirst<T extends { readonly name: string; readonly limit: number }>(
  { mutation, line }: Mutant,
  tests: readonly T[],
  reached: ReadonlySet<string>,
): readonly T[] {
  const words = new Set([...wordsOf(path.basename(mutation.file)), ...wordsOf(line)]);
  const score = ({ name }: T) =>
    (reached.has(name) ? 100 : 0) + wordsOf(path.basename(name)).filter((word) => words.has(word)).length;
  return tests.map((test) => ({ test, score: score(test) }))
    .sort((a, b) => b.score - a.score || a.test.limit - b.test.limit)
    .map(({ test }) => test);
}
