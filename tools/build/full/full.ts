import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { requireSpace } from '../../base/make-base.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { fullPaths, type FullPaths, shown } from '../../core/paths.ts';
import { readRecord, writeRecord } from '../../core/record.ts';
import { say, step } from '../../core/report.ts';
import { deliver } from '../binary.ts';
import { cached } from '../ccache.ts';
import { configure, toolchain } from '../configure.ts';
import { writeChanged } from '../relink-graph.ts';
import { costText } from './attempts.ts';
import { compile, isSpread } from './ninja.ts';
import { precompile } from './pch.ts';
import { forkContent, readSource, type Source } from './source.ts';

/** What the installed binary was made from. */
type Made = Pick<Source, 'content'>;

/** The size of the objects, the precompiled headers and ccache's copies, in bytes. */
const SPACE = 6e9;

const command = (line: Line) => `make node-full LINE=${line.name}`;

const madeFile = (paths: FullPaths) => path.join(paths.dir, 'made.json');

/** Writes the graph to build; resolves to its name in the build folder. */
async function writeGraph({ tree, release }: FullPaths): Promise<string> {
  const plain = 'build.ninja';
  if (isSpread) {
    say('no precompiled headers, which other hosts cannot read: what was compiled with them is compiled again');
    return plain;
  }
  const read = (file: string) => readFile(path.join(release, file), 'utf8');
  const name = 'full.ninja';
  const has = (file: string) => existsSync(path.join(tree, file));
  const { files, targets } = await precompile(await read(plain), read, has, name);
  for (const [file, text] of files) {
    await mkdir(path.dirname(path.join(release, file)), { recursive: true });
    await writeChanged(path.join(release, file), text);
  }
  say(`precompiled headers for ${targets.join(', ')}`);
  return name;
}

/**
 * Builds all of Node, including V8, from the content that the line's fork tree
 * had when its source was taken. A build that was stopped is resumed.
 * @returns the base of the binary, and a clause that says where it is and what
 *   it took
 */
export async function fullBuild(line: Line): Promise<{ did: string; base: BaseRecord }> {
  const paths = fullPaths(line.name);
  const source = await readSource(line);
  if (source === undefined) throw new UserError(`${shown(paths.dir)} has no source`, `run \`${command(line)}\``);
  const { base, content } = source;
  await requireSpace(paths.dir, paths.release, SPACE);
  const tools = cached(await toolchain(paths.sysroot));
  // V8 and Node's library are linked into the executable, which makes it start faster.
  const flags = base.configure.filter((flag) => flag !== '--shared');
  await step(`configure ${line.name}`, () => configure(line, base, tools, { ...paths, flags }));
  const sum = await compile(paths, await writeGraph(paths), command(line));
  const did = await deliver(path.join(paths.release, 'node'), paths.node, base);
  await writeRecord(madeFile(paths), { content } satisfies Made);
  return { did: sum === undefined ? did : `${did}; ${costText(sum)}`, base };
}

/** Checks that the full build's binary was made from what is in the fork tree now. */
export async function requireFull(line: Line): Promise<{ did: string }> {
  const paths = fullPaths(line.name);
  const made = await readRecord<Made>(madeFile(paths), `\`${command(line)}\``);
  if (made === undefined || !existsSync(paths.node)) {
    throw new UserError(`there is no ${shown(paths.node)}`, `run \`${command(line)}\`, or leave out FULL`);
  }
  if (made.content !== await forkContent(line)) {
    throw new UserError(`${shown(paths.node)} was made from another tree`, `run \`${command(line)}\`, which compiles what has changed`);
  }
  return { did: shown(paths.node) };
}
