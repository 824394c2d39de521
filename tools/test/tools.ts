import { cpSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../core/paths.ts';

/** Settings of the user that must not affect a small project. */
const SETTINGS = ['ARCH', 'BINDERY_OUT', 'GITHUB_TOKEN', 'KEEP_TREE', 'NODE_DIR', 'PROPOSAL'];

/**
 * Copies the tools into a project's folder, so that they work on that project. They
 * see none of the user's settings, nor those of git.
 * @returns a loader for any of them, by its path in tools/
 */
export function toolsIn(dir: string): (file: string) => Promise<unknown> {
  for (const name of SETTINGS) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
  const tools = path.join(root, 'tools');
  cpSync(tools, path.join(dir, 'tools'), { recursive: true, filter: (file) => path.relative(tools, file) !== 'test' });
  return (file) => import(pathToFileURL(path.join(dir, 'tools', file)).href);
}
