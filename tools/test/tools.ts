import { cpSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../core/paths.ts';

/**
 * Copies the tools into a project's folder, so that they work on that project.
 * @returns a loader for any of them, by its path in tools/
 */
export function toolsIn(dir: string): (file: string) => Promise<unknown> {
  const tools = path.join(root, 'tools');
  cpSync(tools, path.join(dir, 'tools'), { recursive: true, filter: (file) => path.relative(tools, file) !== 'test' });
  return (file) => import(pathToFileURL(path.join(dir, 'tools', file)).href);
}
