import path from 'node:path';
import type { Line } from './config.ts';
import type { BaseRecord } from './fetch.ts';
import { linePaths, root } from './paths.ts';
import { build, commandTo, deliver, ninja, type Unit, writeChanged } from './relink.ts';
import type { Sanitizer } from './sanitizers.ts';

/** Where the sanitizer of a line's binary leaves what it finds: a file a process. */
export function reportsOf(line: Line, { name }: Sanitizer): { folder: string; prefix: string } {
  return { folder: path.join(linePaths(line.name).logs, 'sanitize'), prefix: `${name}.` };
}

/**
 * A ninja file that adds a binary to the relink lane's: the same, except that
 * the units are compiled with a sanitizer. What makes the snapshot stays as it
 * is, and so does the builtins' text.
 * @param options where the sanitizer's options are compiled from, and what they are
 */
export function sanitizedGraph(
  sanitizer: Sanitizer,
  units: readonly Unit[],
  options: { readonly source: string; readonly text: string },
): string {
  const { name, flags } = sanitizer;
  const compiled = units.filter(({ file }) => !file.startsWith('gen/')).map((unit) => ({
    unit,
    output: `relink/${name}/${path.basename(unit.output)}`,
  }));
  // What must be there before a unit is compiled was made for it already.
  const edges = compiled.map(({ unit, output }) => {
    // The highest level takes four times as long, and shows less of a stack.
    const command = commandTo(unit, output).replace(/ -O\d /, ' -O1 -g1 ');
    return `build ${output}: relink_compile ../../${unit.file} || ${unit.output}\n  command = ${command} ${flags}\n`;
  });
  const objects = compiled.map(({ output }) => output).join(' ');
  const told = `relink/${name}/options.o`;
  return `include relink.ninja

${edges.join('\n')}
build ${told}: relink_compile ${options.source}
  command = $cxx -MMD -MF ${told}.d '-DSANITIZER_OPTIONS="${options.text}"' -c ${options.source} -o ${told}

build relink/${name}/node: relink_link relink/node_main.o relink/node_snapshot.o relink/node_javascript.o ${told} ${objects}
  cxx = $cxx ${flags}
`;
}

/**
 * Builds a line's binary a second time, with our C++ and the units that are
 * relinked under a sanitizer. Node's library, V8 in it, is as it was.
 * @returns the binary's place, beside the line's own
 */
export async function buildSanitized(
  line: Line,
  base: BaseRecord,
  sanitizer: Sanitizer,
): Promise<{ node: string; did: string }> {
  const { name } = sanitizer;
  const { dir, release } = linePaths(line.name);
  const { units } = await build(line, base);
  const { folder, prefix } = reportsOf(line, sanitizer);
  // The sanitizer adds a dot and the number of the process.
  const log = path.join(folder, prefix.slice(0, -1));
  const options = {
    source: path.join(root, 'tools', 'sanitize', 'options.cc'),
    text: `${sanitizer.options}:${sanitizer.within}:log_path=${log}`,
  };
  const graph = `relink-${name}.ninja`;
  await writeChanged(path.join(release, graph), sanitizedGraph(sanitizer, units, options));
  await ninja(line, ['-f', graph, `relink/${name}/node`]);
  const node = path.join(dir, 'bin', `node-${name}`);
  const did = await deliver(path.join(release, 'relink', name, 'node'), node, base);
  return { node, did };
}
