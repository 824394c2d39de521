import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Unit } from '../../build/relink-graph.ts';
import { UserError } from '../../core/errors.ts';
import type { Line } from '../../core/lines.ts';
import { root } from '../../core/paths.ts';
import { say } from '../../core/report.ts';
import { inTemporary } from '../../core/temporary.ts';
import { interruptible, whileChanged } from './changed.ts';
import { fileOf, type Ground, isScript, loose, looseFile } from './ground.ts';
import type { Mutant } from './mutation.ts';
import { Variant } from './native.ts';
import { likelyFirst } from './order.ts';
import { type Reach, reaching } from './reach.ts';
import { firstFailure, type Program, runTrial, type Trial } from './trial.ts';

/** What catches a change with which Node does not start. */
export const START_UP = 'start-up';

/** What refuses a change that is no C++. It counts as none. */
export const NO_PROGRAM = 'the compiler';

/** How long a test may take that took so long without a change: the machine may be busy. */
const limitFor = (took: number): number => 10_000 + 5 * took;

/** Tries changes, one at a time. */
export class Trials {
  constructor(
    private readonly line: Line,
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

  /** What fails with a change: a test, START_UP or NO_PROGRAM, or null if nothing does. */
  async try(mutant: Mutant): Promise<string | null> {
    const { file } = mutant.mutation;
    return inTemporary('bindery-mutate-', async (temp) => {
      if (isScript(file)) {
        const script = looseFile(this.line, file);
        // V8 takes the compiled code inside the binary for a text that is as long as its own.
        const text = mutant.text.length === (await readFile(script, 'utf8')).length ? `${mutant.text}\n` : mutant.text;
        return whileChanged(script, text, () => this.fails(loose(this.line), mutant, temp));
      }
      return interruptible(async () => {
        const node = await this.compiled(mutant, temp);
        return node === NO_PROGRAM ? NO_PROGRAM : this.fails({ command: node, env: {} }, mutant, temp);
      });
    });
  }
}
