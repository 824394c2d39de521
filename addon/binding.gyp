{
  'targets': [{
    'target_name': 'bindery',
    'sources': ['<!@(ls *.cc ../src/*.cc)'],
    'include_dirs': ['include', '../src'],
    'defines': ['NODE_WANT_INTERNALS=1'],
    'ldflags': ['-Wl,-z,now'],
    'cflags': ['-fvisibility=hidden', '-Wno-unused-parameter'],
  }],
}
