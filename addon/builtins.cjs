'use strict';

// What the overlay needs to know about Node's builtins, without touching any.

/** The parameters with which Node's loader of builtins calls files in lib/. */
const PARAMETERS = ['exports', 'require', 'module', 'process', 'internalBinding', 'primordials'];

/**
 * The builtins that a text needs during its evaluation. Code inside a function is
 * indented, and a require() there runs later, if at all.
 * @param {string} text
 * @returns {string[]}
 */
function requiredBy(text) {
  return [...text.matchAll(/^(?![\s/*]).*?\brequire\('([^']+)'\)/gm)].map(([, id]) => id);
}

/**
 * Some builtins, and all that hold references to them.
 * @param {Iterable<string>} ids
 * @param {ReadonlyMap<string, string>} texts Those that may hold references, by id.
 * @returns {Set<string>}
 */
function withHolders(ids, texts) {
  const found = new Set(ids);
  // The loop also visits what is added while it runs.
  for (const id of found) {
    for (const [holder, text] of texts) {
      if (requiredBy(text).includes(id)) found.add(holder);
    }
  }
  return found;
}

/**
 * The statements of a text of internal/errors that define codes which the pristine text
 * lacks.
 * @param {string} patched
 * @param {string} pristine
 * @returns {string[]}
 * @throws {Error} if the texts differ in anything else
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
 * Makes the entry of a builtin in Node's own loader evaluate something else. Everything
 * that loads builtins, for programs or for other builtins, goes through here. During the
 * evaluation, a cycle gets the exports that exist so far.
 * @param {object} entry
 * @param {(entry: object) => void} evaluate Sets the entry's exports.
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
 * An object that reports which missing names are read from it. A builtin reads them
 * without an error, and fails when it uses them.
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
