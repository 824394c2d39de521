import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Line } from '../core/lines.ts';
import { filesBelow } from '../core/walk.ts';

const found = new Map<string, ReadonlySet<string>>();

/** The words in a package's type declarations whose file names match. */
function wordsOf(name: string, files: RegExp): ReadonlySet<string> {
  const known = found.get(name);
  if (known !== undefined) return known;
  const folder = path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const texts = filesBelow(folder, files).map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const words = new Set(texts.flatMap((text) => text.match(/\w+/g) ?? []));
  found.set(name, words);
  return words;
}

/** Whether the language or Node.js itself, as it is on the line, has a property or option of that name. */
export function isCommon(line: Line, name: string): boolean {
  return wordsOf('typescript', /^lib\/lib\.es.*\.d\.ts$/).has(name) ||
    wordsOf(`types-node-${line.base.major}`, /\.d\.ts$/).has(name);
}
