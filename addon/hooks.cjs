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
  for (const { at, before, after } of hunks) {
    const place = find(lines, before, at + drift);
    if (place === -1) return undefined;
    lines.splice(place, before.length, ...after);
    drift = place - at + after.length - before.length;
  }
  return lines.join('\n');
}

module.exports = { applyHunks };
