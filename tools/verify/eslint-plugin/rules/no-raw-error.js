/**
 * Errors thrown in lib/ have a documented code, so they come from internal/errors and are
 * never of one of the language's own classes.
 */
const RAW = new Set([
  'AggregateError',
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
]);

/** @type {import('eslint').Rule.RuleModule} */
export default {
  meta: {
    type: 'problem',
    docs: { description: 'throw errors of internal/errors' },
    schema: [],
    messages: {
      raw: "Throw an error of require('internal/errors').codes instead of a raw {{name}}.",
    },
  },
  create(context) {
    return {
      ThrowStatement({ argument }) {
        if (argument.type !== 'NewExpression' && argument.type !== 'CallExpression') return;
        const { callee } = argument;
        if (callee.type !== 'Identifier' || !RAW.has(callee.name)) return;
        context.report({ node: argument, messageId: 'raw', data: { name: callee.name } });
      },
    };
  },
};
