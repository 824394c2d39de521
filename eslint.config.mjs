import js from '@eslint/js';
import stylistic from '@stylistic/eslint-plugin';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import bindery from './tools/verify/eslint-plugin/index.js';

// Files that become part of Node's tree, and programs that run on the built binary.
const core = ['lib/**/*.js', 'addon/lib/**/*.js', 'test-parallel/**/*.{js,mjs}', 'benchmark/**/*.{js,mjs}'];
const examples = ['examples/**/*.{js,cjs,mjs}', 'downstream/**/*.{js,cjs,mjs}'];
const tools = ['tools/**/*.{cjs,js,mjs,ts}', 'addon/*.cjs', '*.mjs', '.*.mjs'];

const maxLength = {
  code: 120,
  ignorePattern: '^// Flags:',
  ignoreRegExpLiterals: true,
  ignoreTemplateLiterals: true,
  ignoreUrls: true,
  tabWidth: 2,
};

// Formatting rules that match Node core's.
const style = {
  '@stylistic/arrow-parens': 'error',
  '@stylistic/arrow-spacing': 'error',
  '@stylistic/block-spacing': 'error',
  '@stylistic/brace-style': ['error', '1tbs', { allowSingleLine: true }],
  '@stylistic/comma-dangle': ['error', {
    arrays: 'always-multiline',
    exports: 'always-multiline',
    functions: 'only-multiline',
    imports: 'always-multiline',
    objects: 'always-multiline',
  }],
  '@stylistic/comma-spacing': 'error',
  '@stylistic/comma-style': 'error',
  '@stylistic/computed-property-spacing': 'error',
  '@stylistic/dot-location': ['error', 'property'],
  '@stylistic/eol-last': 'error',
  '@stylistic/function-call-spacing': 'error',
  '@stylistic/indent': ['error', 2, {
    ArrayExpression: 'first',
    CallExpression: { arguments: 'first' },
    FunctionDeclaration: { parameters: 'first' },
    FunctionExpression: { parameters: 'first' },
    MemberExpression: 'off',
    ObjectExpression: 'first',
    SwitchCase: 1,
  }],
  '@stylistic/key-spacing': 'error',
  '@stylistic/keyword-spacing': 'error',
  '@stylistic/linebreak-style': 'error',
  '@stylistic/max-len': ['error', maxLength],
  '@stylistic/new-parens': 'error',
  '@stylistic/no-extra-parens': ['error', 'functions'],
  '@stylistic/no-multi-spaces': ['error', { ignoreEOLComments: true }],
  '@stylistic/no-multiple-empty-lines': ['error', { max: 2, maxBOF: 0, maxEOF: 0 }],
  '@stylistic/no-tabs': 'error',
  '@stylistic/no-trailing-spaces': 'error',
  '@stylistic/no-whitespace-before-property': 'error',
  '@stylistic/object-curly-newline': 'error',
  '@stylistic/object-curly-spacing': ['error', 'always'],
  '@stylistic/one-var-declaration-per-line': 'error',
  '@stylistic/operator-linebreak': ['error', 'after'],
  '@stylistic/padding-line-between-statements': [
    'error', { blankLine: 'always', prev: 'function', next: 'function' },
  ],
  '@stylistic/quote-props': ['error', 'consistent'],
  '@stylistic/quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: 'always' }],
  '@stylistic/rest-spread-spacing': 'error',
  '@stylistic/semi': ['error', 'always'],
  '@stylistic/semi-spacing': 'error',
  '@stylistic/space-before-blocks': ['error', 'always'],
  '@stylistic/space-before-function-paren': ['error', {
    anonymous: 'never', asyncArrow: 'always', named: 'never',
  }],
  '@stylistic/space-in-parens': 'error',
  '@stylistic/space-infix-ops': 'error',
  '@stylistic/space-unary-ops': 'error',
  '@stylistic/spaced-comment': ['error', 'always', { block: { balanced: true }, exceptions: ['-'] }],
  '@stylistic/template-curly-spacing': 'error',
};

// Rules for both JavaScript and TypeScript.
const common = {
  'default-case-last': 'error',
  'dot-notation': 'error',
  'eqeqeq': ['error', 'smart'],
  'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
  'logical-assignment-operators': ['error', 'always', { enforceForIfStatements: true }],
  'no-constant-condition': ['error', { checkLoops: false }],
  'no-constructor-return': 'error',
  'no-duplicate-imports': 'error',
  'no-else-return': 'error',
  'no-lonely-if': 'error',
  'no-proto': 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-throw-literal': 'error',
  'no-undef-init': 'error',
  'no-useless-call': 'error',
  'no-useless-concat': 'error',
  'no-useless-return': 'error',
  'no-var': 'error',
  'no-void': 'error',
  'object-shorthand': 'error',
  'one-var': ['error', { initialized: 'never' }],
  'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
  'prefer-object-has-own': 'error',
  'symbol-description': 'error',
  'unicode-bom': 'error',
  'valid-typeof': ['error', { requireStringLiterals: true }],
};

// Rules for JavaScript only. TypeScript's own checks make them unnecessary there.
const untyped = {
  'accessor-pairs': 'error',
  'array-callback-return': 'error',
  'block-scoped-var': 'error',
  'func-name-matching': ['error', { considerPropertyDescriptor: true }],
  'no-undef': ['error', { typeof: true }],
  'no-unused-expressions': ['error', { allowShortCircuit: true }],
  'no-unused-vars': ['error', { args: 'none', caughtErrors: 'all' }],
  'no-use-before-define': ['error', { classes: true, functions: false, variables: false }],
  'no-useless-constructor': 'error',
};

const useNew = {
  selector: 'ThrowStatement > CallExpression[callee.name=/Error$/]',
  message: 'Throw errors made with new.',
};

// Selects calls of an assert method, with or without `assert.` in front.
const asserting = (name) => `CallExpression:matches([callee.name='${name}'], [callee.property.name='${name}'])`;

const tests = [
  useNew,
  ...['doesNotThrow', 'doesNotReject'].map((name) => ({
    selector: asserting(name),
    message: `${name}() hides nothing that running the code alone would not show.`,
  })),
  ...['throws', 'rejects'].map((name) => ({
    selector: `${asserting(name)}[arguments.length<2]`,
    message: `Say which error ${name}() expects.`,
  })),
  ...['throws', 'rejects'].map((name) => ({
    selector: `${asserting(name)}[arguments.1.type='Literal']:not([arguments.1.regex])`,
    message: `A string is ${name}()'s message, not the error that it expects; pass an object.`,
  })),
  ...['strictEqual', 'notStrictEqual', 'deepStrictEqual', 'notDeepStrictEqual'].map((name) => ({
    selector: `${asserting(name)}[arguments.0.type='Literal']` +
      ':not([arguments.1.type=/^(Literal|ObjectExpression|ArrayExpression|UnaryExpression)$/])',
    message: `${name}() takes the actual value first, then the expected one.`,
  })),
  ...['strictEqual', 'deepStrictEqual'].map((name) => ({
    selector: `${asserting(name)}[arguments.2.type='Literal']`,
    message: 'A literal as message hides the two values.',
  })),
  {
    selector: `ExpressionStatement > ${asserting('rejects')}`,
    message: 'A promise that never settles is not noticed; use await or .then(common.mustCall()).',
  },
  {
    selector: 'CallExpression[callee.property.name=/^must(Not)?Call/] > :first-child[type=/Function/][body.body.length=0]',
    message: 'Leave an empty function out.',
  },
];

export default defineConfig([
  { ignores: ['out/**', '**/node_modules/**', '.tap/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { plugins: { '@stylistic': stylistic, bindery } },
  {
    files: [...core, ...examples, ...tools],
    rules: { ...js.configs.recommended.rules, ...style, ...common, ...untyped },
  },

  {
    files: ['lib/**/*.js', 'addon/lib/**/*.js', 'test-parallel/**/*.js', 'benchmark/**/*.js', 'examples/**/*.{js,cjs}', 'downstream/**/*.{js,cjs}'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { strict: ['error', 'global'] },
  },
  {
    files: core,
    rules: {
      'capitalized-comments': ['error', 'always', {
        // As in core, except short comments and those that start with code.
        line: {
          ignorePattern: '.{0,20}$|[a-z]+ ?[0-9A-Z_.(/=:[#-]|std|http|ssh|ftp',
          ignoreInlineComments: true,
          ignoreConsecutiveComments: true,
        },
        block: { ignorePattern: '.*' },
      }],
      'no-restricted-properties': [
        'error',
        ...[['equal', 'strictEqual'], ['notEqual', 'notStrictEqual'],
            ['deepEqual', 'deepStrictEqual'], ['notDeepEqual', 'notDeepStrictEqual']]
          .map(([property, better]) => ({ object: 'assert', property, message: `Use assert.${better}().` })),
      ],
      'no-restricted-syntax': ['error', useNew],
    },
  },
  {
    files: ['lib/**/*.js', 'addon/lib/**/*.js'],
    languageOptions: {
      // The parameters of the function that Node wraps its modules in. There are no
      // other globals: anything else has to be required.
      globals: Object.fromEntries(
        ['exports', 'internalBinding', 'module', 'primordials', 'process', 'require']
          .map((name) => [name, 'readonly'])),
    },
    rules: {
      'bindery/no-raw-error': 'error',
      'bindery/prefer-primordials': 'error',
      'bindery/primordials-sorted': 'error',
      'prefer-object-spread': 'error',
    },
  },
  {
    files: ['test-parallel/**', 'benchmark/**', ...examples],
    languageOptions: { globals: globals.nodeBuiltin },
  },
  {
    files: ['test-parallel/**/*.js', 'benchmark/**/*.js', 'examples/**/*.{js,cjs}', 'downstream/**/*.{js,cjs}'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['test-parallel/**/*.{js,mjs}'],
    rules: {
      '@stylistic/comma-dangle': ['error', {
        arrays: 'always-multiline',
        exports: 'always-multiline',
        functions: 'only-multiline',
        imports: 'always-multiline',
        objects: 'only-multiline',
      }],
      'no-restricted-syntax': ['error', ...tests],
      'symbol-description': 'off',
    },
  },
  { files: ['test-parallel/**/*.js'], rules: { 'bindery/require-common-first': 'error' } },

  {
    files: tools,
    languageOptions: { globals: globals.nodeBuiltin },
    // Unlike in core, messages may be long, so that they need not be split.
    rules: {
      '@stylistic/max-len': ['error', { ...maxLength, ignoreStrings: true }],
      // dpkg uses this syntax for its fields.
      'no-template-curly-in-string': 'off',
    },
  },
  {
    files: ['tools/**/*.cjs', 'addon/*.cjs'],
    languageOptions: { globals: globals.node, sourceType: 'commonjs' },
    rules: { strict: ['error', 'global'] },
  },
  {
    files: ['tools/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Replaced by the variant that keeps brackets for keys of index signatures.
      'dot-notation': 'off',
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // Because of noUncheckedIndexedAccess, `!` is needed to assert that an element exists.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // tap itself waits for the promises of subtests.
      '@typescript-eslint/no-floating-promises': ['error', {
        allowForKnownSafePromises: [{ from: 'package', package: '@tapjs/core', name: 'PromiseWithSubtest' }],
      }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowAny: true, allowNumber: true }],
    },
  },
]);
