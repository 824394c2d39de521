'use strict';

// Preloaded by bin/node. A Node.js that cannot be served is told so in one sentence, in a
// syntax that it knows.

const fs = require('fs');
const path = require('path');

/** What the package has for each line of Node.js: see tools/publish/try/package.ts. */
const LINES = path.join(__dirname, '..', 'lines');

function refuse(why) {
  fs.writeSync(2, 'bindery-try: ' + why + '\n');
  process.exit(1);
}

/** Whether the first of two versions is the lower one. */
function isLower(one, other) {
  const a = one.split('.').map(Number);
  const b = other.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    if (a[i] !== b[i]) return a[i] < b[i];
  }
  return false;
}

/** The last of the lines that begins with this version or an earlier one of its major version. */
function lineOf(lines, version) {
  return lines.filter(function(line) {
    return line.major === Number(version.split('.')[0]) && !isLower(version, line.since);
  }).pop();
}

function choose() {
  const index = JSON.parse(fs.readFileSync(path.join(LINES, 'index.json'), 'utf8'));
  const line = lineOf(index.lines, process.versions.node);
  if (line === undefined) {
    const lines = index.lines.filter(function(each) { return !each.isNext; });
    const known = lines.map(function(each) { return 'v' + each.since; });
    refuse('it does not know Node.js ' + process.version + ', but ' + known.join(', ') +
           ' and what follows each in its major version');
  }
  const name = process.platform + '-' + process.arch + '-' + process.versions.modules + '.node';
  const built = path.join(__dirname, 'build', 'Release', 'bindery.node');
  const prebuilt = path.join(__dirname, '..', 'prebuilds', name);
  const addon = [prebuilt, built].find(fs.existsSync);
  if (addon === undefined) {
    refuse('its addon is not built for Node.js ' + process.version + ' on ' + process.platform + ' and ' +
           process.arch + '; with a C++ compiler there, `npm rebuild bindery-try` builds it');
  }
  return { lib: path.join(LINES, line.name + '.json'), addon, version: index.version };
}

if (process.env.BINDERY_OVERLAY === undefined) {
  const chosen = choose();
  try {
    require('./overlay.cjs').start(chosen);
  } catch (error) {
    refuse(error.message);
  }
} else {
  // For tests, where all that goes wrong is to be seen.
  require('./overlay.cjs').start({ lib: process.env.BINDERY_OVERLAY, addon: process.env.BINDERY_OVERLAY_ADDON });
}
