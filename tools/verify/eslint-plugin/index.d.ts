import type { Rule } from 'eslint';

declare const plugin: {
  readonly meta: { readonly name: string; readonly version: string };
  readonly rules: Readonly<Record<
    'no-raw-error' | 'prefer-primordials' | 'primordials-sorted' | 'require-common-first',
    Rule.RuleModule>>;
};

export default plugin;
