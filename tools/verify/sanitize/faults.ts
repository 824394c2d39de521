import { UserError } from '../../core/errors.ts';
import { run } from '../../core/run.ts';
import { findingsIn, removeReports } from './reports.ts';
import type { Sanitizer } from './sanitizers.ts';

/**
 * Triggers faults in a binary to check that each is found. A sanitizer that reports
 * nothing might not be there at all.
 * @param folder where the binary leaves its reports
 * @throws UserError naming the first fault that is not reported
 */
export async function requireReports(
  node: string,
  { name, faults }: Sanitizer,
  folder: string,
): Promise<{ did: string }> {
  const prefix = `${name}.`;
  for (const [fault, pattern] of Object.entries(faults)) {
    await removeReports(folder, prefix);
    try {
      await run(node, ['--version'], { env: { SANITIZER_FAULT: fault }, accept: 'any', stall: 60 });
    } catch (error) {
      // A report may end the process by a signal.
      if (!(error instanceof UserError)) throw error;
    }
    const found = await findingsIn(folder, prefix);
    if (!found.some(({ what }) => pattern.test(what))) {
      throw new UserError(`node-${name} does not report a fault that it was made to commit (${fault})`,
                          'the sanitizers of this g++ do not work here: try another one');
    }
  }
  await removeReports(folder, prefix);
  return { did: `${Object.keys(faults).join(', ')} reported` };
}
