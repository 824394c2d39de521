/**
 * The few of Node.js core's own rules that decide whether our files pass its linter. Core
 * keeps them in its tree and does not publish them, so these are written from scratch.
 */
import noRawError from './rules/no-raw-error.js';
import preferPrimordials from './rules/prefer-primordials.js';
import primordialsSorted from './rules/primordials-sorted.js';
import requireCommonFirst from './rules/require-common-first.js';

export default {
  meta: { name: 'bindery', version: '1.0.0' },
  rules: {
    'no-raw-error': noRawError,
    'prefer-primordials': preferPrimordials,
    'primordials-sorted': primordialsSorted,
    'require-common-first': requireCommonFirst,
  },
};
