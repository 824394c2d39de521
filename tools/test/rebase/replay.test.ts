import t from 'tap';
import { differing } from '../../rebase/replay.ts';

/** The chosen releases and those that were requested, for the given files, newest first. */
async function chosen(releases: Readonly<Record<string, readonly [hooked: string | null, other: string]>>) {
  const asked: string[] = [];
  const found = await differing(Object.keys(releases), ['lib/net.js'], async (version) => {
    asked.push(version);
    const [hooked, other] = releases[version]!;
    return { 'lib/net.js': hooked, 'lib/other.js': other };
  });
  return { found: [...found.keys()], asked };
}

t.test('each release that is replayed has a hooked file otherwise than the next', async (t) => {
  t.same(await chosen({ 'v9': ['a', 'a'], 'v8': ['a', 'b'], 'v7': [null, 'b'], 'v6': ['b', 'c'] }),
         { found: ['v7', 'v9'], asked: ['v9', 'v8', 'v7'] }, 'and no more is fetched than needed');
});

t.test('no more than six older ones are looked at', async (t) => {
  const same = Object.fromEntries(['v9', 'v8', 'v7', 'v6', 'v5', 'v4', 'v3'].map((version) => [version, ['a', 'a'] as const]));
  const { found, asked } = await chosen({ ...same, v2: ['b', 'a'] });
  t.same(found, ['v9']);
  t.equal(asked.length, 7);
});
