// The stages of tools/, in the order of the flow: none imports from a later one.
const stages = ['core', 'base', 'fork', 'build', 'rebase', 'upstream', 'verify', 'measure', 'publish', 'pull', 'downstream'];

export default {
  forbidden: [
    ...stages.map((stage, at) => ({
      name: `${stage}-imports-no-later-stage`,
      severity: 'error',
      from: { path: `^tools/${stage}/` },
      to: { path: `^tools/(${[...stages.slice(at + 1).map((later) => `${later}/`), 'test/', 'bindery\\.ts$'].join('|')})` },
    })),
    { name: 'every-folder-is-a-stage', severity: 'error', from: { path: '^tools/', pathNot: `^tools/(${[...stages, 'test'].join('|')})/|^tools/bindery\\.ts$` }, to: {} },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan', severity: 'error', from: { orphan: true, pathNot: '\\.d\\.ts$|\\.test\\.ts$' }, to: {} },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    includeOnly: '^tools/.*\\.ts$',
    tsConfig: { fileName: 'tsconfig.json' },
    // Types are imported in one direction, too.
    tsPreCompilationDeps: true,
  },
};
