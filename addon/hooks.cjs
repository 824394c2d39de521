'use strict';

// Our hooks as data: hunks that are applied to the texts of whatever binary there is.

/**
 * Finds some lines in others, as near as possible to where they are expected.
 * @param {string[]} lines
 * @param {string[]} wanted
 * @param {number} expected An index in `lines`.
 * @returns {number} An index in `lines`, or -1.
 */
function find(lines, wanted, expected) {
  const isAt = (at) => at >= 0 && wanted.every((line, index) => lines[at + index] === line);
  for (let distance = 0; distance <= lines.length; distance++) {
    if (isAt(expected + distance)) return expected + distance;
    if (isAt(expected - distance)) return expected - distance;
  }
  return -1;
}

/** A hunk without some of the lines around the change, on both sides. */
function trimmed({ at, before, after }, fuzz) {
  const first = before.at(0) === after.at(0) ? fuzz : 0;
  const last = before.at(-1) === after.at(-1) ? fuzz : 0;
  const inner = (lines) => lines.slice(first, lines.length - last);
  return { at: at + first, before: inner(before), after: inner(after) };
}

/**
 * Where a hunk fits. If the lines around it are others now, the rest must be there once.
 * @returns {{ at: number, before: string[], after: string[] } | undefined} With the index
 *   of its place.
 */
function fit(lines, hunk, drift) {
  const place = find(lines, hunk.before, hunk.at + drift);
  if (place !== -1) return { ...hunk, at: place };
  for (const fuzz of [1, 2]) {
    const rest = trimmed(hunk, fuzz);
    const first = find(lines, rest.before, 0);
    if (first !== -1 && find(lines.slice(first + 1), rest.before, 0) === -1) return { ...rest, at: first };
  }
  return undefined;
}

/**
 * Applies hunks to a text.
 * @param {string} text
 * @param {{ at: number, before: string[], after: string[] }[]} hunks In the order of their
 *   places. `at` is the index of the first line before the change.
 * @returns {string | undefined} Undefined if a hunk does not fit.
 */
function applyHunks(text, hunks) {
  const lines = text.split('\n');
  // How far the hunk before this one was from where it was expected, and what it added.
  let drift = 0;
  for (const hunk of hunks) {
    const fitting = fit(lines, hunk, drift);
    if (fitting === undefined) return undefined;
    const { at, before, after } = fitting;
    lines.splice(at, before.length, ...after);
    drift = at - hunk.at + after.length - before.length;
  }
  return lines.join('\n');
}

module.exports = { applyHunks };
