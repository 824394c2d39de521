'use strict';

// Puts the patched texts of lib/ in the place of those that an official binary
// has inside, for the program that is run:
//   BINDERY_OVERLAY=<a patched lib/> BINDERY_OVERLAY_BINARY=<node> node.sh <program>
//
// Nothing is evaluated here. The entries in Node's own loader of builtins are
// changed, so each builtin, patched or not, is evaluated when it is first
// asked for, and gets the others from that loader. At this time a process has
// none of the patched ones yet, with two exceptions:
// - internal/errors, which everything holds on to. A second evaluation would
//   make a second set of its classes, so only the codes that the patched text
//   adds are defined, by the E() of the first;
// - net and dgram in a process with a channel to its parent. They and what
//   holds on to them (child_process) are evaluated anew. The channel, which is
//   there by then, makes the binary's own net.Socket of a handle that is sent.

const { readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { noteUses } = require('./absent.cjs');
const { addedCodes, forget, PARAMETERS, replace, watch, withHolders } = require('./builtins.cjs');

const ERRORS = 'internal/errors';
const REALM = 'internal/bootstrap/realm';

/** What builtins see of C++. */
function internals() {
  // The module warns, and sets globals while modules are preloaded; programs are to see neither.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return require('internal/test/binding');
  } finally {
    process.emitWarning = emitWarning;
    delete globalThis.internalBinding;
    delete globalThis.primordials;
  }
}

const { internalBinding, primordials } = internals();
const { natives } = internalBinding('builtins');
// Node keeps its loader's class to itself, but not the entries.
const { constructor: BuiltinModule } = require('internal/modules/helpers').loadBuiltinModule('path');

/**
 * For load.cjs: the patched builtins, the first one whose evaluation failed,
 * and where it gave a list, the names that they took and that are not there.
 */
const overlay = { ids: [], culprit: undefined, missing: undefined };

function requireBuiltin(id) {
  if (id === REALM) return { BuiltinModule, internalBinding, require: requireBuiltin };
  const entry = BuiltinModule.map.get(id);
  if (entry === undefined) throw new Error(`neither the binary nor the patched lib/ has ${id}`);
  return entry.compileForInternalLoader();
}

/** What a patched builtin is given, with its missing names told, unless upstream's own text has them as well. */
function watched(by) {
  const told = (from) => (name) => {
    if (!natives[by]?.includes(name)) overlay.missing.push(`${by}: ${name} of ${from}`);
  };
  const requireWatched = (id) => {
    const exports = requireBuiltin(id);
    // In a cycle, what is not there yet may come.
    if (typeof exports !== 'object' || !BuiltinModule.map.get(id)?.loaded) return exports;
    const names = id === ERRORS ? { ...exports, codes: watch(exports.codes, told(id)) } : exports;
    return watch(names, told(id));
  };
  return [requireWatched, watch(primordials, told('primordials'))];
}

/** The texts of a folder that are not the binary's own, by id. */
function textsIn(folder) {
  return new Map(readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => [file.slice(0, -'.js'.length), readFileSync(path.join(folder, file), 'utf8')])
    .filter(([id, text]) => text !== natives[id]));
}

/** The class of a handle has its alias `owner` from the first evaluation, and cannot get it twice. */
const primordialsAgain = {
  __proto__: primordials,
  ObjectDefineProperty(target, key, descriptor) {
    const there = key === 'owner' && Object.getOwnPropertyDescriptor(target, key);
    return there ? target : primordials.ObjectDefineProperty(target, key, descriptor);
  },
};

function lay() {
  const loaded = [...BuiltinModule.map.values()].filter((entry) => entry.loaded).map(({ id }) => id);
  const again = withHolders(loaded.filter((id) => texts.has(id) && id !== ERRORS),
                            new Map(loaded.map((id) => [id, natives[id] ?? ''])));
  for (const id of again) forget(BuiltinModule.map.get(id));

  for (const [id, text] of texts) {
    if (id === ERRORS) continue;
    if (!BuiltinModule.map.has(id)) {
      BuiltinModule.map.set(id, new BuiltinModule(id));
      BuiltinModule.allowRequireByUsers(id);
    }
    replace(BuiltinModule.map.get(id), (entry) => {
      const [required, given] = overlay.missing === undefined ?
        [requireBuiltin, again.has(id) ? primordialsAgain : primordials] : watched(id);
      try {
        const compiled = vm.compileFunction(text, PARAMETERS, { filename: `node:${id}` });
        compiled(entry.exports, required, entry, process, internalBinding, given);
      } catch (error) {
        // Those that asked for this one fail after it.
        overlay.culprit ??= id;
        throw error;
      }
    });
  }

  if (texts.has(ERRORS)) {
    const errors = requireBuiltin(ERRORS);
    const statements = addedCodes(texts.get(ERRORS), natives[ERRORS]).join('');
    vm.compileFunction(statements, Object.keys(errors), { filename: `node:${ERRORS}` })(...Object.values(errors));
  }
}

const texts = textsIn(process.env.BINDERY_OVERLAY);
overlay.ids = [...texts.keys()];
lay();

// A program that starts another of its kind starts it with the overlay.
process.execPath = path.join(__dirname, 'node.sh');

if (process.env.BINDERY_OVERLAY_LOG !== undefined) {
  noteUses(internalBinding, JSON.parse(process.env.BINDERY_OVERLAY_ABSENT), process.env.BINDERY_OVERLAY_LOG);
}

module.exports = overlay;
