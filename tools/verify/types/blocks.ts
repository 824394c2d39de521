import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import type { Line } from '../../core/lines.ts';
import { linePaths, root } from '../../core/paths.ts';
import { filesOf, loadProposals, proposalsOn } from '../../core/proposals.ts';
import { run } from '../../core/run.ts';
import { textFile } from '../../fork/apply.ts';
import { type Compiler, faultsOf, STRICT } from './program.ts';

/** A code block in a document. */
export interface Block {
  /** The file, and the line that it starts at. */
  readonly where: string;
  readonly extension: 'cjs' | 'mjs' | 'mts';
  readonly code: string;
}

const EXTENSIONS: Readonly<Record<string, Block['extension']>> = { js: 'cjs', cjs: 'cjs', mjs: 'mjs', ts: 'mts' };

/** The code blocks in a document, or in the comments of a .d.ts file. */
export function blocksIn(file: string, text: string): readonly Block[] {
  return [...text.matchAll(/^([ *]*)```(js|cjs|mjs|ts)\n([^]*?)^[ *]*```$/gm)].map((match) => {
    const [, prefix, language, code] = match as unknown as [string, string, string, string];
    return {
      where: `${file}:${text.slice(0, match.index).split('\n').length}`,
      extension: EXTENSIONS[language]!,
      // An empty line in a comment lacks the space after the asterisk.
      code: code.split('\n').map((line) => (line.startsWith(prefix) ? line.slice(prefix.length) : '')).join('\n'),
    };
  });
}

/** The output on Linux that the comments in a block promise, line by line. */
export function printsOf(code: string): readonly string[] {
  return [...code.matchAll(/\/\/ Prints: (.+)$/gm)]
    .map(([, text]) => /^(.+) on Linux\b/.exec(text!)?.[1] ?? text!);
}

/** The example programs, each of them as a block. */
async function examples(): Promise<readonly Block[]> {
  const names = (await readdir(path.join(root, 'examples'))).map((name) => `examples/${name}`);
  return Promise.all(names.map(async (name) => {
    return { where: name, extension: 'cjs', code: await readFile(path.join(root, name), 'utf8') };
  }));
}

/** The blocks that apply to a line: all but those in sections that it does not have. */
export async function blocksOf(line: Line): Promise<readonly Block[]> {
  const declarations = (await readdir(path.join(root, 'typings'))).filter((name) => name.endsWith('.d.ts'));
  const owned = new Set(loadProposals().flatMap((proposal) => [...filesOf(proposal)]));
  const pages = (await readdir(path.join(root, 'doc-api'))).map((name) => `doc-api/${name}`);
  const files = [
    'README.md',
    'typings/README.md',
    ...declarations.map((name) => `typings/${name}`),
    ...pages.filter((page) => page.endsWith('.md') && !owned.has(page)),
    ...proposalsOn(line).flatMap(({ proposal, docs }) => [...docs, path.relative(root, textFile(proposal, line, 'description.md'))]),
  ];
  const texts = await Promise.all(files.map((file) => readFile(path.join(root, file), 'utf8')));
  return [...files.flatMap((file, index) => blocksIn(file, texts[index]!)), ...await examples()];
}

/** A faulty block, and what is wrong with it. */
export interface BlockFault {
  readonly block: Block;
  readonly why: string;
}

/**
 * Type-checks blocks: TypeScript as strictly as the declarations, JavaScript as an editor
 * does, and with addresses that have a port.
 * @param folder where the package, its tests and @types/node are staged
 */
export function checkBlocks(compiler: Compiler, folder: string, blocks: readonly Block[]): readonly BlockFault[] {
  const names = new Map(blocks.map((block, index) => [path.join(folder, `block-${index}.${block.extension}`), block]));
  const overlay = new Map([...names].map(([name, { code }]) => [name, code]));
  const of = (typed: boolean) => [...names.keys()].filter((name) => name.endsWith('.mts') === typed);
  const loose = {
    ...STRICT,
    strict: false,
    exactOptionalPropertyTypes: false,
    isolatedModules: false,
    allowJs: true,
    checkJs: true,
  };
  const programs = [
    compiler.program(folder, of(true), overlay),
    compiler.program(folder, [...of(false), path.join(folder, 'test', 'blocks.d.ts')], overlay, loose),
  ];
  return programs.flatMap((program) => faultsOf(program)).map((why) => {
    const index = Number(/^block-(\d+)\./.exec(why)?.[1] ?? 0);
    return { block: blocks[index]!, why };
  });
}

/** The time limit in seconds for a block. */
const LIMIT = 10;

/** Runs a block with a line's binary, in a separate folder. */
export async function runBlock(line: Line, folder: string, block: Block): Promise<BlockFault | undefined> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const typed = block.extension === 'mts';
  const file = path.join(folder, `block.${typed ? 'mjs' : block.extension}`);
  const { outputText } = ts.transpileModule(block.code, {
    fileName: 'block.mts',
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
  });
  await writeFile(file, typed ? outputText : block.code);
  const { code, stdout, stderr } = await run('timeout', [String(LIMIT), linePaths(line.name).node, file], {
    cwd: folder,
    accept: 'any',
    env: { NODE_OPTIONS: undefined },
  });
  if (code === 124) return { block, why: `it did not end within ${LIMIT} s` };
  if (code !== 0) return { block, why: `it ended with ${code}: ${/^\w*Error.*$/m.exec(stderr)?.[0] ?? stderr.trim()}` };
  const lines = stdout.split('\n');
  const missing = printsOf(block.code).find((text) => !lines.includes(text));
  return missing === undefined ? undefined : { block, why: `it does not print ${JSON.stringify(missing)}` };
}
