import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Toolchain } from '../../build/configure.ts';
import { root } from '../../core/paths.ts';
import { run } from '../../core/run.ts';
import { inTemporary } from '../../core/temporary.ts';
import { findings } from './reports.ts';
import type { Sanitizer } from './sanitizers.ts';

/** The parts of the program, which are the same for every line. */
const PARTS = ['held', 'holder', 'registry'].map((name) => path.join(root, 'tools', 'verify', 'sanitize', `${name}.cc`));

/** What the registry is built on. */
const UNITS = ['socket_factory'];

/** After this many seconds of silence, the threads are deadlocked. */
export const STALL = 300;

/** What the program is built from. */
export interface RegistrySource {
  readonly tools: Toolchain;
  /** The source of libuv. */
  readonly sysroot: string;
  /** The tree whose headers the registry includes. */
  readonly tree: string;
  /** The folder that contains the registry itself. */
  readonly source: string;
  readonly sanitizer: Sanitizer;
  /** Where it is built. */
  readonly folder: string;
}

/** The results of a run of the program. */
export interface RegistryRun {
  /** Its last line, a summary of what it did. */
  readonly did: string;
  /** What it, or the sanitizer, has found. */
  readonly found: readonly string[];
}

/** The registry of shared sockets in a program without V8, so that a sanitizer sees all of it. */
export class RegistryProgram {
  private parts: readonly string[] | undefined;

  constructor(private readonly from: RegistrySource) {}

  private async compiler(args: readonly string[], output: string): Promise<string> {
    const { tools, sanitizer, folder } = this.from;
    const file = path.join(folder, output);
    const [program = '', ...flags] = tools.cxx.split(' ');
    const common = [...flags, '-O1', '-g1', '-pthread', sanitizer.flags];
    await run(program, [...common, ...args, '-o', file], { log: `${file}.log` });
    return file;
  }

  private compile(file: string): Promise<string> {
    const { source, tree, sysroot } = this.from;
    const include = [source, path.join(tree, 'src'), path.join(tree, 'deps/v8/include'), path.join(sysroot, 'usr/include')];
    return this.compiler(['-std=gnu++20', '-DNODE_WANT_INTERNALS=1', ...include.map((folder) => `-I${folder}`), '-c', file],
                         `${path.basename(file, '.cc')}.o`);
  }

  /**
   * Builds the program. Its own parts are only compiled the first time.
   * @param file the registry, if it is not the one in the source folder
   */
  async build(file = path.join(this.from.source, 'shared_sockets.cc')): Promise<string> {
    const { tools, sanitizer, folder } = this.from;
    await mkdir(folder, { recursive: true });
    if (this.parts === undefined) {
      const parts: string[] = [];
      const own = UNITS.map((name) => path.join(this.from.source, `${name}.cc`));
      for (const part of [...PARTS, ...own]) parts.push(await this.compile(part));
      this.parts = parts;
    }
    const objects = [...this.parts, await this.compile(file)];
    return this.compiler([...objects, ...tools.ldflags.split(' '), `-L${tools.libraries}`, '-luv', ...sanitizer.link.split(' ')], 'registry');
  }

  /** Runs a program that was built, and keeps its output. */
  async run(program: string, seed: number, rounds: number, log: string): Promise<RegistryRun> {
    const options = `${this.from.sanitizer.options}:handle_abort=1:halt_on_error=1`;
    // The path of a socket must be short.
    return inTemporary('registry-', async (temp) => {
      const env = { TMPDIR: temp, ASAN_OPTIONS: options, UBSAN_OPTIONS: options, TSAN_OPTIONS: options };
      const { code, stdout, stderr } = await run(program, [String(seed), String(rounds)], { env, log, accept: 'any', stall: STALL });
      const own = [...stderr.matchAll(/^registry: error: .*$/gm)].map(([line]) => line);
      const found = [...own, ...findings(stderr)];
      if (code !== 0 && found.length === 0) found.push(`exit code ${code}`);
      return { did: stdout.trim().split('\n').at(-1)!, found };
    });
  }
}
