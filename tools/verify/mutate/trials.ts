import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { check } from '../../build/binary.ts';
import type { Unit } from '../../build/relink-graph.ts';
import { build } from '../../build/relink.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, root } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { inTemporary } from '../../core/temporary.ts';
import { interruptible, whileChanged } from './changed.ts';
import { fileOf, type Ground, isScript, isUnit, loose, looseFile } from './ground.ts';
import type { Mutant } from './mutation.ts';
import { Variant } from './native.ts';
import { likelyFirst } from './order.ts';
import { type Reach, reaching } from './reach.ts';
import { firstFailure, type Program, runTrial, type Trial } from './trial.ts';

/** What catches a change with which Node does not start. */
export const START_UP = 'start-up';

/** What refuses a change that leaves no program: the compiler, the linker, or the check of the build. */
export const NO_PROGRAM = 'the build';

/** Failures of a build that say nothing about a change. */
const UNRELATED = /^the disk that holds |it printed nothing|ended by SIG|interrupted by user/;

/** How long a test may take that took so long without a change: the machine may be busy. */
const limitFor = (took: number): number => 10_000 + 5 * took;

/** Tries changes, one at a time. */
export class Trials {
  /** Scripts that are in the snapshot of the binary, which starts without reading them. */
  private started: Promise<ReadonlySet<string>> | undefined;

  constructor(
    private readonly line: Line,
    private readonly base: BaseRecord,
    private readonly ground: Ground,
    private readonly units: readonly Unit[],
    private readonly reach: Reach,
  ) {}

  /** The first test that fails with a program, or null. */
  private async first(program: Program, mutant: Mutant, temp: string): Promise<string | null> {
    const trials = Object.entries(this.ground.took)
      .map(([name, took]): Trial => ({ name, file: fileOf(this.line, name), limit: limitFor(took) }));
    const failure = await firstFailure(
      program,
      likelyFirst(mutant, trials, reaching(this.reach, mutant.mutation)),
      temp,
      (name) => { say(`passed only when run alone: ${name}`); });
    if (failure === undefined) return null;
    return failure.ended.outcome === 'hang' ? `${failure.trial.name} (does not end)` : failure.trial.name;
  }

  /** What fails with a program, whose start comes first. */
  private async fails(program: Program, mutant: Mutant, temp: string): Promise<string | null> {
    const loads = { name: 'load', file: path.join(root, 'tools', 'verify', 'mutate', 'load.cjs'), limit: limitFor(1000) };
    const { outcome } = await runTrial(program, loads, temp);
    return outcome === 'pass' ? this.first(program, mutant, temp) : START_UP;
  }

  /** Compiles one of our units with a change, and links it with the others. */
  private async compiled(mutant: Mutant, folder: string): Promise<string> {
    const { file } = mutant.mutation;
    const source = path.join(folder, path.basename(file));
    await writeFile(source, mutant.text);
    const variant = new Variant(this.line, this.units, folder);
    try {
      await variant.compile(file, source);
      return await variant.link([file]);
    } catch (error) {
      if (error instanceof UserError && /\berror: |undefined reference/.test(error.message)) return NO_PROGRAM;
      throw error;
    }
  }

  /** Builds the fork tree, in which a file has another text. */
  private async rebuilt(): Promise<string> {
    try {
      const { built } = await build(this.line, this.base);
      await check(built, this.base);
      return built;
    } catch (error) {
      if (error instanceof UserError && !UNRELATED.test(error.message)) return NO_PROGRAM;
      throw error;
    }
  }

  /** Whether the binary has loaded a script before it runs a program. */
  private async isStarted(file: string): Promise<boolean> {
    this.started ??= run(linePaths(this.line.name).node, ['-p', 'JSON.stringify(process.moduleLoadList)'])
      .then(({ stdout }) => new Set((JSON.parse(stdout) as string[])
        .map((name) => `lib/${name.replace(/^NativeModule /, '')}.js`)));
    return (await this.started).has(file);
  }

  /** What fails with a change: a test, START_UP or NO_PROGRAM, or null if nothing does. */
  async try(mutant: Mutant): Promise<string | null> {
    const { file } = mutant.mutation;
    const inProgram = (command: string, temp: string) =>
      (command === NO_PROGRAM ? Promise.resolve(NO_PROGRAM) : this.fails({ command, env: {} }, mutant, temp));
    return inTemporary('bindery-mutate-', async (temp) => {
      if (isScript(file) && !await this.isStarted(file)) {
        const script = looseFile(this.line, file);
        // V8 takes the compiled code inside the binary for a text that is as long as its own.
        const text = mutant.text.length === (await readFile(script, 'utf8')).length ? `${mutant.text}\n` : mutant.text;
        return whileChanged(script, text, () => this.fails(loose(this.line), mutant, temp));
      }
      if (isUnit(file)) return interruptible(async () => inProgram(await this.compiled(mutant, temp), temp));
      try {
        return await whileChanged(path.join(linePaths(this.line.name).tree, file), mutant.text,
                                  async () => inProgram(await this.rebuilt(), temp));
      } finally {
        // What is linked next takes its other objects from there.
        await build(this.line, this.base);
      }
    });
  }
}
