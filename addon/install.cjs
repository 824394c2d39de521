'use strict';

// Run by npm when the package is installed. Builds the addon where there is none for the
// Node.js that installs it. If it cannot be built, bindery-try says so when it is started.

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const { arch, env, execPath, platform, stdout, versions } = process;
const prebuilt = path.join(__dirname, '..', 'prebuilds', `${platform}-${arch}-${versions.modules}.node`);

function build() {
  const gyp = env.npm_config_node_gyp;
  if (gyp === undefined) return 'node-gyp is not there; install it with npm';
  const { status, stderr } = spawnSync(execPath, [gyp, 'rebuild', '--directory', __dirname], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return /^gyp ERR! (?:stack )?((?:Error: )?.*)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1);
}

if (env.npm_config_build_from_source || !existsSync(prebuilt)) {
  const problem = build();
  if (problem !== undefined) stdout.write(`bindery-try: its addon is not built: ${problem}\n`);
}
