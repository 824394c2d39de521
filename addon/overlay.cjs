'use strict';

// Replaces the texts of lib/ that are built into an official binary with the patched
// ones, for the program that is run.
//
// Nothing is evaluated here. This changes the entries in Node's own loader of builtins,
// so each builtin, patched or not, is evaluated when it is first required, and gets the
// others from that loader. At this point a process has not loaded any of the patched
// ones, with three exceptions:
// - internal/errors, which everything holds references to. A second evaluation would make
//   a second set of its classes, so only the codes that the patched text adds are
//   defined, with the existing E();
// - internal/worker/js_transferable, of which only the exports that the patched text adds
//   are taken;
// - net and dgram in a process that runs test files (--test). They and what holds
//   references to them (child_process) are evaluated again.

const { readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { applyHunks } = require('./hooks.cjs');
const { loadAddon } = require('./load.cjs');
const { addedCodes, forget, PARAMETERS, replace, watch, withHolders } = require('./builtins.cjs');

const ERRORS = 'internal/errors';
const TRANSFERABLE = 'internal/worker/js_transferable';
/** What the start of a process has loaded and holds on to. */
const KEPT = new Set([ERRORS, TRANSFERABLE]);
/** What bin/node gives the binary, and the binary its threads. */
const FLAGS = ['--expose-internals', '-r', path.join(__dirname, 'start.cjs')];
/** The key of a port in the place of workerData. */
const BOX = 'bindery:workerData';
const REALM = 'internal/bootstrap/realm';

/** The parts of C++ that builtins see. */
function internals() {
  // The module warns, and sets globals while modules are preloaded. Programs must see neither.
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
// Node does not expose its loader's class, but it does expose the entries.
const { constructor: BuiltinModule } = require('internal/modules/helpers').loadBuiltinModule('path');

/**
 * For load.cjs: the patched builtins, the first one whose evaluation failed, and, if
 * load.cjs supplies a list, the missing names that they read.
 */
const overlay = { ids: [], culprit: undefined, missing: undefined };

function requireBuiltin(id) {
  if (id === REALM) return { BuiltinModule, internalBinding, require: requireBuiltin };
  const entry = BuiltinModule.map.get(id);
  if (entry === undefined) throw new Error(`neither the binary nor the patched lib/ has ${id}`);
  return entry.compileForInternalLoader();
}

/**
 * The require() and primordials for a patched builtin. They report missing names, unless
 * upstream's own text uses them as well.
 */
function watched(by) {
  const told = (from) => (name) => {
    if (!natives[by]?.includes(name)) overlay.missing.push(`${by}: ${name} of ${from}`);
  };
  const requireWatched = (id) => {
    const exports = requireBuiltin(id);
    // In a cycle, what is missing may still be added.
    if (typeof exports !== 'object' || !BuiltinModule.map.get(id)?.loaded) return exports;
    const names = id === ERRORS ? { ...exports, codes: watch(exports.codes, told(id)) } : exports;
    return watch(names, told(id));
  };
  return [requireWatched, watch(primordials, told('primordials'))];
}

/** The texts in a folder that are not the binary's own, by id. */
function textsIn(folder) {
  return new Map(readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => [file.slice(0, -'.js'.length), readFileSync(path.join(folder, file), 'utf8')])
    .filter(([id, text]) => text !== natives[id]));
}

/** The texts of new builtins, and the binary's own with our hooks, by id. */
function textsFrom(file) {
  const { own, hooks } = JSON.parse(readFileSync(file, 'utf8'));
  const hooked = Object.entries(hooks).map(([id, hunks]) => {
    const text = applyHunks(natives[id] ?? '', hunks);
    if (text === undefined) throw new Error(`its hooks do not fit lib/${id}.js of Node.js ${process.version}`);
    return [id, text];
  });
  return new Map([...Object.entries(own), ...hooked]);
}

/**
 * The class of a handle has its alias `owner` from the first evaluation, and cannot be
 * given it again.
 */
const primordialsAgain = {
  __proto__: primordials,
  ObjectDefineProperty(target, key, descriptor) {
    const there = key === 'owner' && Object.getOwnPropertyDescriptor(target, key);
    return there ? target : primordials.ObjectDefineProperty(target, key, descriptor);
  },
};

/** Gives a builtin that stays as it is what another text of it exports beside. */
function addExports(id, text) {
  const exports = requireBuiltin(id);
  const other = { exports: {} };
  vm.compileFunction(text, PARAMETERS, { filename: `node:${id}` })(
    other.exports, requireBuiltin, other, process, internalBinding, primordials);
  for (const [name, value] of Object.entries(other.exports)) exports[name] ??= value;
}

function lay(texts) {
  const loaded = [...BuiltinModule.map.values()].filter((entry) => entry.loaded).map(({ id }) => id);
  const again = withHolders(loaded.filter((id) => texts.has(id) && !KEPT.has(id)),
                            new Map(loaded.map((id) => [id, natives[id] ?? ''])));
  for (const id of again) forget(BuiltinModule.map.get(id));

  for (const [id, text] of texts) {
    if (KEPT.has(id)) continue;
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
        // The builtins that required this one fail after it.
        overlay.culprit ??= id;
        throw error;
      }
    });
  }

  if (texts.has(TRANSFERABLE)) addExports(TRANSFERABLE, texts.get(TRANSFERABLE));
  if (texts.has(ERRORS)) {
    const errors = requireBuiltin(ERRORS);
    const statements = addedCodes(texts.get(ERRORS), natives[ERRORS]).join('');
    vm.compileFunction(statements, Object.keys(errors), { filename: `node:${ERRORS}` })(...Object.values(errors));
  }
}

/** Changes what a builtin exports, once it is evaluated. */
function whenEvaluated(id, change) {
  const entry = BuiltinModule.map.get(id);
  if (entry.loaded) {
    change(entry.exports);
    return;
  }
  entry.compileForInternalLoader = function(...args) {
    delete this.compileForInternalLoader;
    const exports = this.compileForInternalLoader(...args);
    change(exports);
    return exports;
  };
}

/**
 * Makes threads that are given flags of their own load the overlay, too. What is
 * transferred to a new thread goes through a port, because a thread receives its
 * workerData before it can know our classes.
 */
function wrapWorker(threads) {
  const { MessageChannel, receiveMessageOnPort, Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(file, options) {
      const given = { ...options };
      if (Array.isArray(given.execArgv)) given.execArgv = [...FLAGS, ...given.execArgv];
      if (given.transferList?.length > 0) {
        const { port1, port2 } = new MessageChannel();
        port1.postMessage(given.workerData, given.transferList);
        Object.assign(given, { workerData: { [BOX]: port2 }, transferList: [port2] });
      }
      super(file, options && given);
    }
  };
  Object.defineProperty(threads.Worker, 'name', { value: 'Worker', configurable: true });

  const port = threads.workerData?.[BOX];
  if (port === undefined) return;
  threads.workerData = receiveMessageOnPort(port).message;
  port.close();
}

/** Opens the channel to the parent process, which bin/node has hidden from the binary. */
function openChannel(fd, mode, id) {
  requireBuiltin('child_process')._forkChild(Number(fd), mode || 'json');
  if (id === '' || process.argv[1] === undefined) return;
  // The module looks there when it is evaluated. Children do not inherit it.
  process.env.NODE_UNIQUE_ID = id;
  requireBuiltin('cluster')._setupWorker();
  delete process.env.NODE_UNIQUE_ID;
}

/**
 * @param {{ lib: string, addon: string, version?: string }} what The patched lib/, as a
 *   folder or a file of the package, the addon, and the version of the package.
 * @throws {Error} saying in one sentence why the binary cannot be served
 */
function start({ lib, addon, version }) {
  if (natives['internal/socket_options'] !== undefined) {
    throw new Error(`Node.js ${process.version} here has all that it would add; run it alone`);
  }
  const patched = lib.endsWith('.json') ? textsFrom(lib) : textsIn(lib);
  overlay.ids = [...patched.keys()];
  lay(new Map([...patched, ...textsIn(path.join(__dirname, 'lib'))]));
  loadAddon(addon, { internalBinding, requireBuiltin });
  whenEvaluated('worker_threads', wrapWorker);
  if (version !== undefined) Object.defineProperty(process.versions, 'bindery', { enumerable: true, value: version });

  // A program that starts process.execPath again starts it with the overlay.
  process.execPath = path.join(__dirname, 'bin', 'node');
  const last = process.execArgv.findIndex((flag) => path.resolve(flag) === FLAGS.at(-1));
  if (last !== -1) process.execArgv.splice(last + 1 - FLAGS.length, FLAGS.length);

  const channel = process.env.BINDERY_CHANNEL;
  if (channel === undefined) return;
  delete process.env.BINDERY_CHANNEL;
  openChannel(...channel.split(','));
}

module.exports = Object.assign(overlay, { start });
