/**
 * People search, merge and extend the list of names that a file takes from `primordials`,
 * so it must be in ASCII order and contain nothing unused.
 */

/** @type {import('eslint').Rule.RuleModule} */
export default {
  meta: {
    type: 'suggestion',
    docs: { description: 'keep names taken from primordials in ASCII order, and used' },
    schema: [],
    messages: {
      order: '{{name}} comes before {{previous}} in ASCII order.',
      unused: '{{name}} is taken from primordials and not used.',
      whole: 'Take names out of primordials by destructuring it.',
    },
  },
  create(context) {
    return {
      VariableDeclarator(node) {
        if (node.init?.type !== 'Identifier' || node.init.name !== 'primordials') return;
        if (node.id.type !== 'ObjectPattern') {
          context.report({ node, messageId: 'whole' });
          return;
        }
        let previous = '';
        for (const property of node.id.properties) {
          if (property.type !== 'Property' || property.computed) continue;
          const name = property.key.name ?? property.key.value;
          if (name < previous) {
            context.report({ node: property, messageId: 'order', data: { name, previous } });
          }
          previous = name;
        }
        for (const variable of context.sourceCode.getDeclaredVariables(node)) {
          if (variable.references.some((reference) => reference.isRead())) continue;
          const { name } = variable;
          context.report({ node: variable.identifiers[0], messageId: 'unused', data: { name } });
        }
      },
    };
  },
};
