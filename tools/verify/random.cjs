'use strict';

// The same decisions for the same seed: a 32-bit xorshift.

/**
 * @param {number} seed Any integer.
 * @returns {{
 *   below: (limit: number) => number,
 *   chance: (share: number) => boolean,
 *   pick: (list: readonly T[]) => T,
 * }}
 */
function randomOf(seed) {
  // Similar seeds must not start alike, and the state must not be zero.
  let state = Math.imul(seed ^ (seed >>> 16), 0x9e3779b1) >>> 0 || 1;
  const below = (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  for (let i = 0; i < 8; i++) below(1);
  return {
    below,
    chance: (share) => below(1000) < share * 1000,
    pick: (list) => list[below(list.length)],
  };
}

module.exports = { randomOf };
