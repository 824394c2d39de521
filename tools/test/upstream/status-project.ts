import path from 'node:path';
import type { Test } from 'tap';
import { type BaseRecord, keyOf } from '../../base/base.ts';
import { write } from '../files.ts';
import { hook } from '../patch.ts';
import { programInPath, quietly } from '../process.ts';
import { line, proposal } from '../project.ts';
import { baseRecord } from '../repository.ts';
import { toolsIn } from '../tools.ts';

export const git = { from: 'git' as const, repository: 'https://example.com/node.git', ref: 'v20.19.0', major: 20 };
export const locked = { version: '24.21.0-1', date: '2026-01-01T00:00:00Z', files: [{ path: 'pool/a_all.deb', sha256: 'a'.repeat(64), size: 1 }] };
export const record: BaseRecord = { ...baseRecord('c0'), sysroot: 'a', lock: keyOf(line, locked) };

export const patch = hook('f', '1\n', 1, '2');

export const proposals = [
  proposal('one', {
    title: 'One',
    topic: 'Numbers',
    upstream: ['https://github.com/nodejs/node/pull/1', 'https://github.com/nodejs/node/issues/22'],
    owns: ['lib/internal/one.js'],
    budget: 3,
    lines: { 'v24.x': { state: 'carried' }, 'v20.x': { state: 'not applicable', reason: 'a | b' } },
  }),
  proposal('second', { title: 'Two', topic: 'Ordinals', lines: { 'v24.x': { state: 'landed', releases: ['v26.1.0', 'v24.2.0'] } } }),
];

export const README = '# x\n\n<!-- status -->\n\nold $1\n\n<!-- /status -->\n\nend\n';

/** The folder of a small project. */
export function folderOf(t: Test): string {
  return t.testdir({
    'README.md': README,
    'lines.json': JSON.stringify({ default: 'v24.x', lines: { 'v24.x': { base: line.base }, 'v20.x': { base: git } } }),
    'bases.lock.json': JSON.stringify({ lines: { 'v24.x': locked } }),
    'proposals.json': JSON.stringify({ proposals }),
    'patches': { one: { 'v24.x.patch': patch } },
    'lib': { internal: { 'one.js': 'one();\n' } },
  });
}

export type Tools = Pick<typeof import('../../upstream/status.ts'), 'status'> &
  Pick<typeof import('../../fork/verified.ts'), 'overOfficial' | 'recordVerified'> &
  Pick<typeof import('../../upstream/newest.ts'), 'recordNewest'>;

/**
 * A small project with its own copy of the tools, so that their folders are its own,
 * and an npm that prints its registry.json as the answer, and fails if there is none.
 */
export async function project(t: Test) {
  const dir = folderOf(t);
  const load = toolsIn(dir);
  // There is no mirror to say what a suite contains.
  process.env['BINDERY_MIRROR'] = 'file:///nowhere';
  programInPath(t, path.join(dir, 'bin', 'npm'), `exec cat '${dir}/registry.json'`);
  const tools = Object.assign({}, ...await Promise.all(['fork/verified.ts', 'upstream/newest.ts', 'upstream/status.ts'].map(load))) as Tools;
  const put = (file: string, content: string) => { write(path.join(dir, file), content); };
  return { dir, tools, put };
}

/** What status prints. */
export async function printed(t: Test, tools: Tools, json: boolean, online?: true): Promise<string> {
  const said: string[] = [];
  await quietly(t, () => tools.status({ json, ...online && { online } }), said);
  return said.join('');
}

/** What status says of each line, as JSON. */
export async function linesOf<T = Record<string, unknown>>(t: Test, tools: Tools): Promise<readonly T[]> {
  return (JSON.parse(await printed(t, tools, true)) as { lines: readonly T[] }).lines;
}

export const today = new Date().toISOString().slice(0, 10);
