'use strict';

// What the overlay needs to know of Node's builtins, without touching any.

/** What Node's loader of builtins hands to a file below lib/. */
const PARAMETERS = ['exports', 'require', 'module', 'process', 'internalBinding', 'primordials'];

/**
 * The builtins that a text needs while it is evaluated. Core indents what is
 * inside a function, and a require() there comes later, if at all.
 * @param {string} text
 * @returns {string[]}
 */
function requiredBy(text) {
  return [...text.matchAll(/^(?![\s/*]).*?\brequire\('([^']+)'\)/gm)].map(([, id]) => id);
}

/**
 * Some builtins, and all that hold on to one of them.
 * @param {Iterable<string>} ids
 * @param {ReadonlyMap<string, string>} texts Those that may hold on, by id.
 * @returns {Set<string>}
 */
function withHolders(ids, texts) {
  const found = new Set(ids);
  // The loop also goes over what is added while it runs.
  for (const id of found) {
    for (const [holder, text] of texts) {
      if (requiredBy(text).includes(id)) found.add(holder);
    }
  }
  return found;
}

/**
 * The statements by which a text of internal/errors defines codes that the
 * pristine text has not.
 * @param {string} patched
 * @param {string} pristine
 * @returns {string[]}
 * @throws {Error} where it differs in anything else
 */
function addedCodes(patched, pristine) {
  const statements = (text) => [...text.matchAll(/^E\('(\w+)'[^]*?\);\n/gm)];
  const known = new Set(statements(pristine).map(([, code]) => code));
  const added = statements(patched).filter(([, code]) => !known.has(code)).map(([statement]) => statement);
  if (added.reduce((text, statement) => text.replace(statement, () => ''), patched) !== pristine) {
    throw new Error('internal/errors does more than add codes, and its classes exist already');
  }
  return added;
}

/**
 * Makes the entry of a builtin in Node's own loader evaluate something else.
 * All that loads builtins, for programs or for other builtins, comes through
 * here, and while one is evaluated a cycle gets the exports that it has by then.
 * @param {object} entry
 * @param {(entry: object) => void} evaluate Sets what the entry exports.
 */
function replace(entry, evaluate) {
  entry.compileForInternalLoader = function() {
    if (this.loaded || this.loading) return this.exports;
    this.loading = true;
    try {
      evaluate(this);
      this.loaded = true;
    } finally {
      this.loading = false;
    }
    return this.exports;
  };
}

/**
 * Makes an entry forget that it was evaluated.
 * @param {object} entry
 */
function forget(entry) {
  entry.exports = {};
  entry.loaded = false;
}

/**
 * An object that tells which names are taken of it that it has not. A builtin
 * takes them without an error, and fails when it uses them.
 * @param {object} object
 * @param {(name: string) => void} tell
 * @returns {object}
 */
function watch(object, tell) {
  return new Proxy(object, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target)) tell(key);
      return Reflect.get(target, key);
    },
  });
}

module.exports = { PARAMETERS, addedCodes, forget, replace, requiredBy, watch, withHolders };
