import { existsSync, readdirSync } from 'node:fs';

/** The files below a folder whose paths there match, sorted; none if there is no such folder. */
export function filesBelow(folder: string, name: RegExp): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => name.test(file)).sort();
}
