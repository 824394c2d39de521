import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, open, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fewAtATime } from '../../core/abreast.ts';
import { UserError } from '../../core/errors.ts';
import { root, shown } from '../../core/paths.ts';
import { remove } from '../../core/remove.ts';
import { say } from '../../core/report.ts';
import { run, tellingLine } from '../../core/run.ts';
import { TASKS } from '../test-runner.ts';

/** An official binary, and what is laid over it. */
export interface Overlay {
  readonly binary: string;
  /** The patched lib/. */
  readonly folder: string;
  /** Our C++, compiled for it. */
  readonly addon: string;
}

/** The result of one test with an official binary. */
export interface OverlayResult {
  readonly name: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
  /** What it printed. */
  readonly output: string;
}

/** A patched lib/ that loads. */
export interface Loaded {
  /** The builtins that are not the binary's own. */
  readonly loaded: readonly string[];
  /**
   * The missing names that they read from others, or from primordials:
   * `internal/dgram_sync: ERR_IP_BLOCKED of internal/errors`. Each fails when it is used,
   * unless it is never reached.
   */
  readonly missing: readonly string[];
}


/** Starts a binary with the overlay; both are set in the environment. */
const overlaid = path.join(root, 'addon', 'bin', 'node');

/** The time limit in milliseconds for a test. */
const LIMIT = 120_000;

/** The flags that a test needs, parsed as Node's own runner does. */
export function flagsOf(text: string): readonly string[] {
  return /^\/\/ Flags:(.*)$/m.exec(text)?.[1]?.split(/\s+/).filter((flag) => flag !== '') ?? [];
}

/** The outcome of a test, given its exit code, which is null if a signal ended it. */
export function outcomeOf(code: number | null, output: string): OverlayResult['outcome'] {
  if (code !== 0) return 'fail';
  return /^1\.\.0 # Skipped/m.test(output) ? 'skip' : 'pass';
}

function environment({ binary, folder, addon }: Overlay): Record<string, string | undefined> {
  const overlay = { BINDERY_OVERLAY: folder, BINDERY_OVERLAY_ADDON: addon, BINDERY_OVERLAY_BINARY: binary };
  return { ...overlay, NODE_OPTIONS: undefined };
}

/**
 * Loads a patched lib/ into a binary: every public builtin, and each text that is not the
 * binary's own.
 * @throws UserError naming the first builtin that does not load, and why
 */
export async function loadOverlay(overlay: Overlay): Promise<Loaded> {
  const { binary, folder } = overlay;
  const args = ['--no-warnings', path.join(root, 'tools', 'verify', 'check', 'load.cjs')];
  const { code, stdout, stderr } = await run(overlaid, args, { accept: 'any', env: environment(overlay) });
  const todo = `correct it in ${shown(folder)}, or the hook that it comes from, and run again`;
  if (code !== 0) {
    const why = /^\w*Error.*$/m.exec(stderr)?.[0] ?? tellingLine(stderr);
    throw new UserError(`the patched lib/ cannot be laid over ${shown(binary)}: ${why}`, todo);
  }
  const result = JSON.parse(stdout) as
    Loaded | { readonly failed: string; readonly message: string };
  if ('failed' in result) throw new UserError(`${result.failed} does not load: ${result.message}`, todo);
  return result;
}

/** A folder in which tests find test/common, and a place for the output of each. */
class Stage {
  private turn = 0;

  private constructor(private readonly dir: string, private readonly env: NodeJS.ProcessEnv) {}

  static async make(overlay: Overlay, commonTree: string): Promise<Stage> {
    const dir = await mkdtemp(path.join(tmpdir(), 'bindery-overlay-'));
    await mkdir(path.join(dir, 'test', 'parallel'), { recursive: true });
    // If these modules were linked, they would look for their neighbours in the original folder.
    for (const part of ['common', 'fixtures']) {
      await symlink(path.join(commonTree, 'test', part), path.join(dir, 'test', part));
    }
    return new Stage(dir, { ...process.env, ...environment(overlay) });
  }

  async remove(): Promise<void> {
    await remove(this.dir);
  }

  /** Runs one test to its end or to the time limit. */
  async run(file: string): Promise<OverlayResult> {
    const turn = String(this.turn++);
    const test = path.join(this.dir, 'test', 'parallel', path.basename(file));
    const printed = path.join(this.dir, `${turn}.out`);
    await cp(file, test);
    // A process that the test started may keep a pipe open after its end; a file does not matter.
    const output = await open(printed, 'w');
    const child = spawn(overlaid, [...flagsOf(await readFile(file, 'utf8')), test], {
      cwd: this.dir,
      env: { ...this.env, NODE_TEST_DIR: this.dir, TEST_THREAD_ID: turn },
      stdio: ['ignore', output.fd, output.fd],
      timeout: LIMIT,
      killSignal: 'SIGKILL',
    });
    const [code] = await once(child, 'exit') as [number | null];
    await output.close();
    const text = await readFile(printed, 'utf8');
    return { name: path.basename(file, '.js'), outcome: outcomeOf(code, text), output: text };
  }
}

/**
 * Runs tests with a binary that has a patched lib/ and our C++ laid over it. Failures are
 * rerun, one after the other.
 * @param commonTree a source tree of Node whose test/common the tests use
 * @param tests paths of test files
 */
export async function runOverlayTests(
  overlay: Overlay,
  commonTree: string,
  tests: readonly string[],
): Promise<readonly OverlayResult[]> {
  const stage = await Stage.make(overlay, commonTree);
  try {
    const results = [...await fewAtATime(tests, TASKS, (test) => stage.run(test))];
    for (const [index, test] of tests.entries()) {
      if (results[index]!.outcome !== 'fail') continue;
      const alone = await stage.run(test);
      if (alone.outcome === 'pass') say(`passed only when run alone: ${alone.name}`);
      results[index] = alone;
    }
    return results;
  } finally {
    await stage.remove();
  }
}
