import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
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
  const { dir } = linePaths(line.name);
  await mkdir(dir, { recursive: true });
  return inTemporary('smoke-', async (folder) => {
    let passed = 0;
    const failed: string[] = [];
    await writeFile(path.join(folder, 'one.test.js'), 'require("node:test")("one", () => {});\n');
    await writeFile(path.join(folder, 'names.cjs'), 'exports.given = "named";\n');
    await writeFile(path.join(folder, 'names.mjs'), 'import { given } from "./names.cjs";\nconsole.log(given);\n');
    for (const { what, args, input, prints } of checks(base, folder)) {
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
