import path from 'node:path';
import { UserError } from '../../core/errors.ts';

/** The folder with upstream's lists of headers to precompile, which it uses on Windows. */
const FOLDER = 'tools/msvs/pch';

/** The folder that paths of V8's headers are relative to. */
const V8 = 'deps/v8';

/** What to precompile for a target. */
interface Headers {
  /** Upstream's list. */
  readonly list: string;
  /** More headers that most of the target's units read. Not every line has all of them. */
  readonly more?: readonly string[];
}

/** The targets whose units spend most of their time reading headers. */
const TARGETS: Readonly<Record<string, Headers>> = {
  'tools/v8_gypfiles/v8_base_without_compiler': { list: 'v8_pch.h' },
  'tools/v8_gypfiles/v8_compiler': { list: 'v8_pch.h' },
  'tools/v8_gypfiles/v8_turboshaft': { list: 'v8_pch.h' },
  'tools/v8_gypfiles/v8_initializers': {
    list: 'v8_pch.h',
    more: [
      'src/builtins/builtins-constructor-gen.h',
      'src/builtins/builtins-iterator-gen.h',
      'src/builtins/builtins-string-gen.h',
      'src/builtins/builtins-utils-gen.h',
      'src/codegen/code-stub-assembler.h',
      'src/codegen/code-stub-assembler-inl.h',
      'src/heap/factory-inl.h',
      'src/ic/binary-op-assembler.h',
    ],
  },
  'libnode': { list: 'node_pch.h' },
  'node_base': { list: 'node_pch.h' },
};

/** The minimum number of units: precompiling takes as long as it saves for several units. */
const WORTH = 12;

const UNIT = /^(build \S+: cxx [^|\n]+?)( \|\| [^\n]+)?$/gm;

/**
 * Changes a target's ninja file so that its C++ units read precompiled headers
 * first. GCC only accepts those if they were compiled with exactly the flags of
 * the unit, so they are compiled in the same file, with the target's own
 * variables.
 * @param header the path of the header to precompile, relative to the build
 *   folder
 * @returns undefined if the target has too few units for this
 */
export function withPrecompiled(text: string, header: string): string | undefined {
  const plain = text.replaceAll(/\$\n */g, '');
  const units = [...plain.matchAll(UNIT)];
  if (units.length < WORTH) return undefined;
  const made = `${header}.gch`;
  const changed = plain.replaceAll(UNIT, (_, unit: string, order = '') => `${unit} | ${made}${order}`);
  return `cflags_pch_cc = -include ${header} -Winvalid-pch -fpch-preprocess

${changed}
build ${made}: full_pch ${header}${units[0]![2] ?? ''}
`;
}

/**
 * ccache uses the checksum file to compare precompiled headers, since GCC never
 * writes two that are equal.
 */
const RULES = `rule full_pch
  command = $cxx -MMD -MF $out.d $defines $includes $cflags $cflags_cc -x c++-header -c $in -o $out && $
      $cxx $defines $includes $cflags $cflags_cc -x c++-header -E $in | sha256sum >$out.sum
  description = PCH $out
  depfile = $out.d
  deps = gcc

`;

/** Node's graph with precompiled headers, as files for its build folder. */
export interface Precompiled {
  readonly files: ReadonlyMap<string, string>;
  /** The targets that now use them. */
  readonly targets: readonly string[];
}

/** The text of a header that includes everything precompiled for a target. */
function headerText({ list, more = [] }: Headers, has: (file: string) => boolean): string {
  const here = more.filter((header) => has(path.join(V8, header)));
  return [`../../../${FOLDER}/${list}`, ...here].map((header) => `#include "${header}"\n`).join('');
}

/**
 * Changes Node's graph so that the units of its large targets read precompiled
 * headers.
 * @param graph the text of build.ninja
 * @param read reads a file in the build folder
 * @param has tells whether Node's tree has a file
 * @param name the file name of the changed graph
 * @throws UserError if none of these targets is in the graph
 */
export async function precompile(
  graph: string,
  read: (file: string) => Promise<string>,
  has: (file: string) => boolean,
  name: string,
): Promise<Precompiled> {
  const files = new Map<string, string>();
  const targets: string[] = [];
  let changed = graph;
  for (const [target, headers] of Object.entries(TARGETS)) {
    const part = `obj/${target}.ninja`;
    const statement = `subninja ${part}\n`;
    if (!graph.includes(statement)) continue;
    const base = path.basename(target);
    const header = `pch/${base}.h`;
    const own = withPrecompiled(await read(part), header);
    if (own === undefined) continue;
    files.set(header, headerText(headers, has));
    files.set(`obj/full-${base}.ninja`, own);
    changed = changed.replace(statement, `subninja obj/full-${base}.ninja\n`);
    targets.push(base);
  }
  if (targets.length === 0) {
    throw new UserError('node\'s graph has none of the targets with precompiled headers', 'tools/build/full/pch.ts must learn their new names');
  }
  // Rules must be defined before the files that use them.
  files.set(name, changed.replace(/^(?=subninja )/m, RULES));
  return { files, targets };
}
