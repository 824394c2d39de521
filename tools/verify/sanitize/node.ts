import path from 'node:path';
import type { BaseRecord } from '../../base/base.ts';
import { deliver } from '../../build/binary.ts';
import { commandTo, type Unit, writeChanged } from '../../build/relink-graph.ts';
import { build, ninja } from '../../build/relink.ts';
import type { Line } from '../../core/lines.ts';
import { linePaths, root } from '../../core/paths.ts';
import type { Sanitizer } from './sanitizers.ts';

/** Where everything that the sanitizers find on a line is kept. */
export const sanitizeLogs = (line: Line): string => path.join(linePaths(line.name).logs, 'sanitize');

/** The additional parts of a binary: the sanitizer's options, and faults to test it with. */
const OWN = ['options', 'faults'];

/**
 * A ninja file that adds a binary to the relink lane's. It is the same, except that the
 * units are compiled with a sanitizer. What makes the snapshot is unchanged, and so is
 * the builtins' text.
 * @param options options for the sanitizer
 * @param putBack the objects that put back what the base leaves out
 */
export function sanitizedGraph(
  sanitizer: Sanitizer,
  units: readonly Unit[],
  options: string,
  putBack: readonly string[] = [],
): string {
  const { name, flags, link } = sanitizer;
  const folder = `relink/${name}`;
  const compiled = units.filter(({ file }) => !file.startsWith('gen/')).map((unit) => {
    const output = `${folder}/${path.basename(unit.output)}`;
    // The highest level takes twice as long, and shows less of a stack.
    const command = commandTo(unit, output).replace(/ -O\d /, ' -O1 -g1 ');
    // The unit's prerequisites have already been made for the original one.
    return { output, edge: `build ${output}: relink_compile ../../${unit.file} || ${unit.output}\n  command = ${command} ${flags}\n` };
  });
  const sources = OWN.map((part) => path.join(root, 'tools', 'verify', 'sanitize', `${part}.cc`));
  if (sanitizer.part !== undefined) sources.push(sanitizer.part);
  const own = sources.map((source) => {
    const output = `${folder}/${path.basename(source, '.cc')}.o`;
    const command = `$cxx -MMD -MF ${output}.d '-DSANITIZER_OPTIONS="${options}"' -I../../src -O1 -g1 -c ${source} -o ${output} ${flags}`;
    return { output, edge: `build ${output}: relink_compile ${source}\n  command = ${command}\n` };
  });
  const parts = [...compiled, ...own];
  const objects = ['relink/node_main.o', 'relink/node_snapshot.o', 'relink/node_javascript.o', ...putBack, ...parts.map(({ output }) => output)];
  return `include relink.ninja

${parts.map(({ edge }) => edge).join('\n')}
build ${folder}/node: relink_link ${objects.join(' ')}
  cc = $cc ${flags} ${link}
`;
}

/**
 * Builds a line's binary a second time, with our C++ and the relinked units under a
 * sanitizer. Node's library, including V8, is unchanged.
 * @returns the path of the binary, next to the line's own
 */
export async function buildSanitized(
  line: Line,
  base: BaseRecord,
  sanitizer: Sanitizer,
): Promise<{ node: string; did: string }> {
  const { name } = sanitizer;
  const { dir, release } = linePaths(line.name);
  const { units, putBack } = await build(line, base);
  // The sanitizer appends a dot and the process id.
  const log = path.join(sanitizeLogs(line), name);
  const graph = `relink-${name}.ninja`;
  const text = sanitizedGraph(sanitizer, units, `${sanitizer.options}:${sanitizer.within}:log_path=${log}`, putBack);
  await writeChanged(path.join(release, graph), text);
  await ninja(line, ['-f', graph, `relink/${name}/node`]);
  const node = path.join(dir, 'bin', `node-${name}`);
  const did = await deliver(path.join(release, 'relink', name, 'node'), node, base);
  return { node, did };
}
