// Makes a component of guest.mjs, and transpiles it for Node.js.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentize } from '@bytecodealliance/componentize-js';
import { transpile } from '@bytecodealliance/jco';

const [, , to] = process.argv;

const near = (name) => readFile(new URL(name, import.meta.url), 'utf8');
const wit = fileURLToPath(new URL('../lib/wit/builtin/0.2.12', import.meta.resolve('@bytecodealliance/jco')));

/** The text of a package, to be put into the same file as the world that needs it. */
async function nested(name) {
  const text = await readFile(path.join(wit, name, 'package.wit'), 'utf8');
  return text.replace(/^package (.*);$/m, 'package $1 {').concat('}\n');
}

const packages = await Promise.all(['wasi-io', 'wasi-clocks', 'wasi-sockets'].map(nested));
const { component } = await componentize(await near('guest.mjs'), {
  witWorld: [await near('guest.wit'), ...packages].join('\n'),
  worldName: 'guest',
  disableFeatures: ['random', 'http', 'fetch-event'],
});

const { files } = await transpile(component, {
  name: 'guest', instantiation: { tag: 'async' }, noTypescript: true,
});
await mkdir(to, { recursive: true });
for (const [name, contents] of Object.entries(files)) {
  if (!name.includes('/')) await writeFile(path.join(to, name), contents);
}
await writeFile(path.join(to, 'package.json'), '{ "type": "module" }\n');
