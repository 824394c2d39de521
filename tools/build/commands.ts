// build: from a fork tree to a binary.
// In: a base tree and the project's proposals, and Node's own configure and ninja files.
// Out: out/<line>/bin/node, linked over the base's library in a minute (relink.ts) or built whole
// (full/), and whether our C++ compiles for systems that are not here (foreign/).
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { placeNpm } from '../base/npm.ts';
import { UserError } from '../core/errors.ts';
import { isLinked, type Line, namedLines } from '../core/lines.ts';
import { fullPaths, isFull, linePaths, root } from '../core/paths.ts';
import { type Done, step } from '../core/report.ts';
import { run } from '../core/run.ts';
import { buildNeeds, ensure, fullNeeds, spreadNeeds, windowsNeeds } from '../core/system.ts';
import { conclude, type Tally } from '../core/tally.ts';
import { applyProposals } from '../fork/apply.ts';
import { recordVerified } from '../fork/verified.ts';
import { macos as compileForMacos } from './foreign/macos.ts';
import { windows as compileForWindows } from './foreign/windows.ts';
import { fullBuild, requireFull } from './full/full.ts';
import { isSpread } from './full/ninja.ts';
import { takeSource } from './full/source.ts';
import { fetchBase } from './move.ts';
import { relink } from './relink.ts';
import { smoke } from './smoke.ts';

function requireLinked(line: Line): void {
  if (isLinked(line)) return;
  throw new UserError(`for ${line.name} there is no library that a binary could be linked with`,
                      `verify what can be with \`make check LINE=${line.name}\``);
}

/** The fork tree of a line, as its base and the proposals make it. */
export async function apply(line: Line): Promise<BaseRecord> {
  await step('packages', () => ensure(buildNeeds));
  const base = await step(`fetch ${line.name}`, () => fetchBase(line));
  await step(`apply ${line.name}`, () => applyProposals(line, base));
  await recordVerified(line, base, { level: 'applied only' });
  return base;
}

/** The binary of a line, with npm beside it. */
export async function node(line: Line): Promise<BaseRecord> {
  requireLinked(line);
  const base = await apply(line);
  await step(`build ${line.name}`, async () => {
    const built = isFull ? await requireFull(line) : await relink(line, base);
    const { node: binary, tree } = linePaths(line.name);
    await placeNpm(line.name, base, tree, path.dirname(path.dirname(binary)));
    return built;
  });
  return base;
}

/** Runs an example with the line's binary. */
export async function demo(line: Line): Promise<void> {
  await node(line);
  const { stdout } = await run(linePaths(line.name).node, [path.join(root, 'examples', 'socket-options.js')]);
  process.stdout.write(stdout);
}

/** The first half of `make node-full`, while nothing else works in the output folder. */
export async function fullSource(line: Line): Promise<void> {
  requireLinked(line);
  const base = await apply(line);
  await step('packages', () => ensure([...fullNeeds, ...isSpread ? spreadNeeds : []]));
  await step(`source ${line.name}`, () => takeSource(line, base));
}

/** The second half of `make node-full`, beside whatever else works there. */
export async function nodeFull(line: Line): Promise<void> {
  const { base } = await step(`full build ${line.name}`, () => fullBuild(line));
  await conclude([() => step(`the binary ${line.name}`, () => smoke(line, base, fullPaths(line.name).node))]);
}

/**
 * Runs a check on each line that is built here, or on the one that is named.
 * @param prepare makes what the check needs of a line
 */
export async function onEach(
  name: string,
  needs: Parameters<typeof ensure>[0],
  check: (line: Line, base: BaseRecord) => Promise<Tally & Done>,
  prepare = node,
): Promise<void> {
  await step('packages', () => ensure(needs));
  const parts: Array<() => Promise<Tally>> = [];
  for (const line of namedLines().filter(isLinked)) {
    const base = await prepare(line);
    parts.push(() => step(`${name} ${line.name}`, () => check(line, base)));
  }
  await conclude(parts);
}

/** Compiles our C++ for macOS, and for Linux on the other processor. */
export const macos = () => onEach('macos', buildNeeds, compileForMacos, apply);

/** Compiles our C++ for Windows. */
export const windows = () => onEach('windows', [...buildNeeds, ...windowsNeeds], compileForWindows, apply);
