// Runs cases of the component that build.mjs made, and prints the outcome of each
// as a line of JSON.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';

const [, , folder, host, ...names] = process.argv;

/** What a component imports that may use the network, or may not. */
async function makeImports(isAllowed) {
  if (host === 'stock') return new WASIShim({ sandbox: { enableNetwork: isAllowed } }).getImportObject();
  const { addSockets } = await import('./host/index.mjs');
  const allowed = { tcp: isAllowed, udp: isAllowed, names: isAllowed };
  return addSockets(new WASIShim().getImportObject(), allowed).imports;
}

const made = new Map();

/** The imports of a case. Only the one about it may not use the network. */
async function importsOf(name) {
  const isAllowed = name !== 'denied';
  if (!made.has(isAllowed)) made.set(isAllowed, await makeImports(isAllowed));
  return made.get(isAllowed);
}

const { instantiate } = await import(pathToFileURL(path.join(folder, 'guest.js')));
const modules = new Map();

async function moduleOf(name) {
  if (!modules.has(name)) modules.set(name, await WebAssembly.compile(await readFile(path.join(folder, name))));
  return modules.get(name);
}

for (const name of names) {
  const { run } = await instantiate(moduleOf, await importsOf(name));
  console.log(JSON.stringify({ name, fault: run(name) }));
}
