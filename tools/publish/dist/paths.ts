import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BaseRecord, nodeVersion } from '../../base/base.ts';
import type { Line } from '../../core/lines.ts';
import { fullPaths, isFull, linePaths } from '../../core/paths.ts';

/** What the packages of a line are made of, and where they are put. */
export interface DistPaths {
  /** The name of the folder that the tarballs unpack to. */
  readonly name: string;
  /** The results. */
  readonly dir: string;
  /** Emptied by every run. */
  readonly work: string;
  /** What the tarballs hold. */
  readonly stage: string;
  readonly sysroot: string;
  readonly tree: string;
  /** Node's build folder, and of its graph the file and the target that is the binary. */
  readonly release: string;
  readonly graph: string;
  readonly target: string;
  readonly logs: string;
}

/** The paths of a line's packages, which hold the binary of the full build where FULL is set. */
export function distPaths(line: Line, base: BaseRecord): DistPaths {
  const { dir: home, sysroot, tree, release, logs } = isFull ? fullPaths(line.name) : linePaths(line.name);
  const dir = path.join(home, 'dist');
  const work = path.join(dir, 'work');
  const name = `bindery-node-v${nodeVersion(base.version)}-linux-${process.arch}`;
  // Without precompiled headers, a full build has Node's own graph.
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
