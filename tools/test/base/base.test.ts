import t from 'tap';
import { nodeVersion } from '../../base/base.ts';

t.test('Node\'s version in a package\'s', async (t) => {
  for (const [version, expected] of [
    ['24.21.0+dfsg+~cs24.13.4-1', '24.21.0'],
    ['20.19.2+dfsg-1+deb13u2', '20.19.2'],
    ['24.21.0-1', '24.21.0'],
    ['24.21.0', '24.21.0'],
    ['1:26.0.10~rc.1-1', '26.0.10'],
  ] as const) t.equal(nodeVersion(version), expected, version);
});

t.test('a version that names no release', async (t) => {
  for (const version of ['', '24.21', '1:24.21-1', 'v24.21.0', 'x24.21.0']) {
    t.throws(() => nodeVersion(version), { name: 'UserError', message: `the package version ${version} names no Node release` });
  }
});
