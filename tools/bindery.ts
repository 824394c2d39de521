import { applyProposals } from './apply.ts';
import { chooseLine, type Line } from './config.ts';
import { describe, UserError } from './errors.ts';
import { fetchBase } from './fetch.ts';
import { out, shown } from './paths.ts';
import { relink } from './relink.ts';
import { step } from './report.ts';
import { buildNeeds, ensure } from './system.ts';

/** The fork tree of a line, as base and proposals say. */
async function apply(line: Line) {
  await step('packages', () => ensure(buildNeeds));
  const base = await step(`fetch ${line.name}`, () => fetchBase(line));
  await step(`apply ${line.name}`, () => applyProposals(line, base));
  return base;
}

async function node(line: Line): Promise<void> {
  const base = await apply(line);
  await step(`build ${line.name}`, () => relink(line, base));
}

const commands: Readonly<Record<string, (line: Line) => Promise<unknown>>> = { apply, node };

async function main(name: string | undefined): Promise<void> {
  const command = commands[name ?? ''];
  if (command === undefined) {
    throw new UserError(`there is no command ${name ?? '(none given)'}`, `use one of ${Object.keys(commands).join(', ')}`);
  }
  await command(chooseLine(process.env['LINE']));
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`bindery: ${describe(error, shown(out))}\n`);
  if (process.env['BINDERY_DEBUG']) console.error(error);
  process.exitCode = 1;
});
