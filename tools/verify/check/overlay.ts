import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fewAtATime } from '../../core/abreast.ts';
import { UserError } from '../../core/errors.ts';
import { root, shown } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run, tellingLine } from '../../core/run.ts';
import { TASKS } from '../test-runner.ts';

/** The names in JavaScript of the C++ that a patched lib/ calls. */
export interface CppNames {
  /** Methods of handles. */
  readonly methods: readonly string[];
  /** Objects in the binding tcp_wrap. */
  readonly objects: readonly string[];
}

/** The result of one test with an official binary. */
export interface OverlayResult {
  readonly name: string;
  readonly outcome: 'pass' | 'fail' | 'skip' | 'needs C++';
  /** The missing things that it used: names of our C++, or the flag that makes a snapshot. */
  readonly used: readonly string[];
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

/** How a process ended: with an exit code, or by a signal. */
interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts a binary with the overlay; both are set in the environment. */
const overlaid = path.join(root, 'tools', 'verify', 'check', 'node.sh');

/** The time limit in milliseconds for a test. */
const LIMIT = 60_000;

/**
 * The names that our C++ defines in JavaScript. Other names are not in quotes there, and
 * file names contain a dot.
 */
export function cppNames(sources: readonly string[]): CppNames {
  const names = sources.flatMap((text) => [...text.matchAll(/(FIXED_ONE_BYTE_STRING\(\w+,\s*)?"([a-z]\w+)"/g)])
    .map(([, object, name]) => ({ name: name!, object: object !== undefined }));
  return {
    methods: names.filter(({ object }) => !object).map(({ name }) => name),
    objects: names.filter(({ object }) => object).map(({ name }) => name),
  };
}

/** The flags that a test needs, parsed as Node's own runner does. */
export function flagsOf(text: string): readonly string[] {
  return /^\/\/ Flags:(.*)$/m.exec(text)?.[1]?.split(/\s+/).filter((flag) => flag !== '') ?? [];
}

/** The outcome of a test, given how it ended and what it used of our C++. */
export function outcomeOf({ code, signal }: Ended, output: string, used: readonly string[]): OverlayResult['outcome'] {
  const skipped = code === 0 && /^1\.\.0 # Skipped/m.test(output);
  if (code === 0 && !skipped) return 'pass';
  // If a test crashes or hangs, the cause is not just something missing.
  if (used.length > 0 && signal === null) return 'needs C++';
  return skipped ? 'skip' : 'fail';
}

function environment(binary: string, folder: string): Record<string, string | undefined> {
  return { BINDERY_OVERLAY: folder, BINDERY_OVERLAY_BINARY: binary, NODE_OPTIONS: undefined };
}

/**
 * Loads a patched lib/ into a binary: every public builtin, and each text that is not the
 * binary's own.
 * @param folder the patched lib/
 * @throws UserError naming the first builtin that does not load, and why
 */
export async function loadOverlay(binary: string, folder: string): Promise<Loaded> {
  const args = ['--no-warnings', path.join(root, 'tools', 'verify', 'check', 'load.cjs')];
  const { code, stdout, stderr } = await run(overlaid, args, { accept: 'any', env: environment(binary, folder) });
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

/** Our C++, of all proposals. */
async function sources(): Promise<readonly string[]> {
  const folder = path.join(root, 'src');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cc'));
  return Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
}

/** The lines of a file, each once; none if it does not exist. */
async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return [...new Set(text.split('\n').filter((line) => line !== ''))];
}

/** A folder in which tests find test/common, and a place for the output of each. */
class Stage {
  private turn = 0;

  private constructor(private readonly dir: string, private readonly env: NodeJS.ProcessEnv) {}

  static async make(binary: string, folder: string, commonTree: string): Promise<Stage> {
    const dir = await mkdtemp(path.join(tmpdir(), 'bindery-overlay-'));
    await mkdir(path.join(dir, 'test', 'parallel'), { recursive: true });
    // If these modules were linked, they would look for their neighbours in the original folder.
    for (const part of ['common', 'fixtures']) {
      await symlink(path.join(commonTree, 'test', part), path.join(dir, 'test', part));
    }
    const absent = JSON.stringify(cppNames(await sources()));
    return new Stage(dir, {
      ...process.env,
      ...environment(binary, folder),
      BINDERY_OVERLAY_ABSENT: absent,
    });
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Runs one test to its end or to the time limit. */
  async run(file: string): Promise<OverlayResult> {
    const turn = String(this.turn++);
    const test = path.join(this.dir, 'test', 'parallel', path.basename(file));
    const printed = path.join(this.dir, `${turn}.out`);
    const log = path.join(this.dir, `${turn}.used`);
    await cp(file, test);
    // A process that the test started may keep a pipe open after its end; a file does not matter.
    const output = await open(printed, 'w');
    const child = spawn(overlaid, [...flagsOf(await readFile(file, 'utf8')), test], {
      cwd: this.dir,
      env: { ...this.env, BINDERY_OVERLAY_LOG: log, NODE_TEST_DIR: this.dir, TEST_THREAD_ID: turn },
      stdio: ['ignore', output.fd, output.fd],
      timeout: LIMIT,
      killSignal: 'SIGKILL',
    });
    const [code, signal] = await once(child, 'exit') as [number | null, NodeJS.Signals | null];
    await output.close();
    const text = await readFile(printed, 'utf8');
    const used = await linesOf(log);
    return { name: path.basename(file, '.js'), outcome: outcomeOf({ code, signal }, text, used), used, output: text };
  }
}

/**
 * Runs tests with a binary that has a patched lib/ laid over it and none of our C++. A
 * test that fails after using something that only our C++ has needs it. Other failures
 * are rerun, one after the other.
 * @param folder the patched lib/
 * @param commonTree a source tree of Node whose test/common the tests use
 * @param tests paths of test files
 */
export async function runOverlayTests(
  binary: string,
  folder: string,
  commonTree: string,
  tests: readonly string[],
): Promise<readonly OverlayResult[]> {
  const stage = await Stage.make(binary, folder, commonTree);
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
