/**
 * Loading test/common makes a test detect leaked globals and unmet mustCall(), so every
 * test loads it, and before anything else.
 */
const COMMON = /^\.\.\/common(\/index(\.js)?)?$/;

/** @type {import('eslint').Rule.RuleModule} */
export default {
  meta: {
    type: 'problem',
    docs: { description: "require('../common') before any other module" },
    schema: [],
    messages: {
      first: "require('../common') comes before any other require.",
      missing: "A test begins with require('../common').",
    },
  },
  create(context) {
    /** @type {import('estree').CallExpression | undefined} */
    let other;
    let common = false;
    return {
      CallExpression(node) {
        if (common || node.callee.type !== 'Identifier' || node.callee.name !== 'require') return;
        const [id] = node.arguments;
        if (id?.type === 'Literal' && COMMON.test(String(id.value))) {
          common = true;
          if (other !== undefined) context.report({ node: other, messageId: 'first' });
          return;
        }
        other ??= node;
      },
      'Program:exit'(node) {
        if (!common) context.report({ node: other ?? node, messageId: 'missing' });
      },
    };
  },
};
