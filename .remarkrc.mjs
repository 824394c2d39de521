import remarkLintFirstHeadingLevel from 'remark-lint-first-heading-level';
import remarkLintNoUndefinedReferences from 'remark-lint-no-undefined-references';
import remarkPresetLintNode from 'remark-preset-lint-node';
import remarkLintNodejsLinks from 'remark-preset-lint-node/remark-lint-nodejs-links.js';

// The files in doc-api are parts of pages of Node's manual.
export default {
  plugins: [
    remarkPresetLintNode,
    // A part begins at the level of the section it becomes.
    [remarkLintFirstHeadingLevel, false],
    // A part uses link definitions that its page has already.
    [remarkLintNoUndefinedReferences, false],
    // Links go to the neighbours of the page, which are not here; splice sorts the definitions.
    [remarkLintNodejsLinks, false],
  ],
};
