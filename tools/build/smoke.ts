import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { STRIPPER } from '../base/restore.ts';
import type { Line } from '../core/lines.ts';
import { linePaths } from '../core/paths.ts';
import { say } from '../core/report.ts';
import { run } from '../core/run.ts';
import type { Tally } from '../core/tally.ts';
import { inTemporary } from '../core/temporary.ts';

/** Something that only a complete binary can do, and what it prints then. */
interface Check {
  readonly what: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly prints: string | RegExp;
}

const FETCH = `
const http = require('node:http');
const server = http.createServer((request, response) => response.end('served'));
server.listen(0, '127.0.0.1', async () => {
  const response = await fetch('http://127.0.0.1:' + server.address().port);
  console.log(await response.text());
  server.close();
});`;

const ACORN = `
const repl = require('node:repl');
const { PassThrough } = require('node:stream');
console.log(repl.start({ input: new PassThrough(), output: new PassThrough() }) instanceof repl.REPLServer);
process.exit();`;

/** Upstream's test of this is skipped where libnode is a shared library. */
const LIMITED = `
const program = 'try { fs.writeFileSync(process.argv[1], ".".repeat(65536)) } catch (error) { console.log(error.code) }';
const limited = ['-c', 'ulimit -f 1; exec "$0" "$@"', process.execPath, '-e', program, process.argv[1]];
process.stdout.write(require('node:child_process').spawnSync('sh', limited).stdout);`;

/** Programs that need their types stripped, or an enum transformed. */
const TYPESCRIPT: Readonly<Record<string, string>> = {
  'typed.ts': 'const text: string = "stripped";\nconsole.log(text);\n',
  'enum.ts': 'enum Kind { First = "transformed" }\nconsole.log(Kind.First);\n',
  'typed.test.ts': 'import test from "node:test";\ntest("one", (t: any): void => {});\n',
  // A thread with options of its own has other defaults than the process.
  'thread.cjs': 'new (require("node:worker_threads").Worker)(`${__dirname}/typed.ts`, { execArgv: ["--no-warnings"] });\n',
};

/** What a binary with amaro can do. */
const typescript = (folder: string): readonly Check[] => [
  { what: 'TypeScript', args: [path.join(folder, 'typed.ts')], prints: 'stripped' },
  { what: 'TypeScript in a thread', args: [path.join(folder, 'thread.cjs')], prints: 'stripped' },
  { what: 'TypeScript that is transformed', args: ['--experimental-transform-types', path.join(folder, 'enum.ts')], prints: 'transformed' },
  { what: 'TypeScript on the command line', args: ['--input-type=module-typescript', '-e', 'const text: string = "stripped"; console.log(text);'], prints: 'stripped' },
  { what: 'TypeScript that is printed', args: ['--input-type=commonjs-typescript', '-pe', '"stripped" as string'], prints: 'stripped' },
  { what: 'node --test of TypeScript', args: ['--test', path.join(folder, 'typed.test.ts')], prints: /^# pass 1$|^ℹ pass 1$/m },
  { what: 'the version of amaro', args: ['-p', '/^\\d+\\.\\d+\\.\\d+$/.test(process.versions.amaro) && process.config.variables.node_use_amaro'], prints: 'true' },
];

/** A full build of v20.x has Debian's libuv, and refuses. */
const USERS: Check = { what: 'a change of users', args: ['-p', 'process.setuid(process.getuid())'], prints: 'undefined' };

const checks = (base: BaseRecord, folder: string): readonly Check[] => [
  { what: 'minimatch', args: ['-p', 'path.matchesGlob("a/b.js", "a/*.js")'], prints: 'true' },
  { what: 'undici', args: ['-e', FETCH], prints: 'served' },
  { what: 'acorn', args: ['-e', ACORN], prints: 'true' },
  { what: 'the REPL', args: ['-i'], input: 'await Promise.resolve(6 * 7)\n', prints: /\b42\b/ },
  { what: 'node --test', args: ['--test', path.join(folder, 'one.test.js')], prints: /^# pass 1$|^ℹ pass 1$/m },
  { what: 'an ECMAScript module', args: ['--input-type=module', '-e', 'import net from "node:net"; console.log(typeof net.constants)'], prints: 'object' },
  { what: 'a CommonJS module imported by name', args: [path.join(folder, 'names.mjs')], prints: 'named' },
  {
    what: 'the snapshot, and the code cache in it',
    args: ['--expose-internals', '-p', 'require("internal/test/binding").internalBinding("builtins").hasCachedBuiltins()'],
    prints: 'true',
  },
  // This function is in the snapshot and is compiled when it is first called.
  { what: 'the initializer of a class field', args: ['-p', 'try { Buffer.alloc("") } catch (error) { error.code }'], prints: 'ERR_INVALID_ARG_TYPE' },
  { what: 'a file at the limit of its size', args: ['-e', LIMITED, path.join(folder, 'limited')], prints: 'EFBIG' },
  { what: 'the record of its base', args: ['-p', 'process.config.variables.bindery_base'], prints: base.version },
  {
    what: 'no builtin read from a disk',
    args: ['-p', 'require("node:fs").readFileSync("/proc/self/maps", "latin1").includes("/usr/share/nodejs")'],
    prints: 'false',
  },
];

/**
 * Runs a binary once for each thing that only a complete Node can do.
 * @param node the binary; defaults to the line's
 */
export async function smoke(
  line: Line,
  base: BaseRecord,
  node = linePaths(line.name).node,
): Promise<Tally & { did: string }> {
  const { dir, tree } = linePaths(line.name);
  await mkdir(dir, { recursive: true });
  return inTemporary('smoke-', async (folder) => {
    let passed = 0;
    const failed: string[] = [];
    await writeFile(path.join(folder, 'one.test.js'), 'require("node:test")("one", () => {});\n');
    await writeFile(path.join(folder, 'names.cjs'), 'exports.given = "named";\n');
    await writeFile(path.join(folder, 'names.mjs'), 'import { given } from "./names.cjs";\nconsole.log(given);\n');
    for (const [file, text] of Object.entries(TYPESCRIPT)) await writeFile(path.join(folder, file), text);
    const expected = [
      ...checks(base, folder),
      ...existsSync(path.join(tree, STRIPPER)) ? typescript(folder) : [],
      ...node === path.join(dir, 'bin', 'node') ? [USERS] : [],
    ];
    for (const { what, args, input, prints } of expected) {
      const { code, stdout } = await run(node, args, {
        accept: 'any',
        env: { NODE_OPTIONS: undefined, NODE_REPL_HISTORY: '' },
        ...(input === undefined ? {} : { input }),
      });
      const good = code === 0 && (typeof prints === 'string' ? stdout.trim() === prints : prints.test(stdout));
      if (good) {
        passed++;
      } else {
        failed.push(what);
        say(`FAILED ${what}: it printed ${JSON.stringify(stdout.trim())}`);
      }
    }
    return { did: `${passed} of ${passed + failed.length} passed`, passed, failed: failed.length };
  }, dir);
}
