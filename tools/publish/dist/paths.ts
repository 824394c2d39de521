import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import type { Line } from '../../core/lines.ts';
import { arch, fullPaths, isFull, linePaths } from '../../core/paths.ts';

/** What the packages of a line are made from, and where they go. */
export interface DistPaths {
  /** The name of the top folder in the tarballs. */
  readonly name: string;
  /** The folder of the results. */
  readonly dir: string;
  /** Emptied by every run. */
  readonly work: string;
  /** The contents of the tarballs. */
  readonly stage: string;
  readonly sysroot: string;
  readonly tree: string;
  /** Node's build folder, and the file and the target of the binary in its build graph. */
  readonly release: string;
  readonly graph: string;
  readonly target: string;
  readonly logs: string;
}

/** The paths of a line's packages, which contain the binary of the full build if FULL is set. */
export function distPaths(line: Line, base: BaseRecord): DistPaths {
  const { dir: home, sysroot, tree, release, logs } = isFull ? fullPaths(line.name) : linePaths(line.name);
  const dir = path.join(home, 'dist');
  const work = path.join(dir, 'work');
  const name = `bindery-node-v${nodeVersion(base.version)}-linux-${arch}`;
  // Without precompiled headers, a full build uses Node's own graph.
  const graphs = isFull ? ['full.ninja', 'build.ninja'] : ['relink.ninja'];
  return {
    name,
    dir,
    work,
    stage: path.join(work, name),
    sysroot,
    tree,
    release,
    graph: graphs.find((file) => existsSync(path.join(release, file))) ?? graphs[0]!,
    target: isFull ? 'node' : 'relink/node',
    logs,
  };
}
