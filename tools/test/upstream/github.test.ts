import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { answering, serveApi } from '../github.ts';

// Answers are recorded in this folder. It is read when the module is loaded.
const folder = t.testdir({});
process.env['BINDERY_OUT'] = folder;
const record = path.join(folder, 'upstream.json');
const { ask, nameOf, recall } = await import('../../upstream/github.ts');

const PULL = 'https://github.com/nodejs/node/pull/63951';
const ISSUE = 'https://github.com/some-one/no.de/issues/7';

t.beforeEach(() => {
  rmSync(record, { force: true });
  delete process.env['GITHUB_TOKEN'];
  delete process.env['GITHUB_API_URL'];
});

/** An open pull request in the form of GitHub's API, with the fields that are used and others. */
const pull = (more: object = {}) => ({
  number: 63951, title: 'net: add it', state: 'open', state_reason: null, draft: false,
  created_at: '2026-06-01T10:00:00Z', closed_at: null,
  pull_request: { url: 'https://api.github.com/repos/nodejs/node/pulls/63951', merged_at: null },
  ...more,
});

const MERGED = pull({ state: 'closed', closed_at: '2026-06-23T08:00:01Z', pull_request: { merged_at: '2026-06-23T08:00:00Z' } });
const CLOSED = { title: 'an issue', state: 'closed', created_at: '2023-08-30T00:00:00Z', closed_at: '2026-07-02T00:00:00Z' };

const PULL_PATH = '/repos/nodejs/node/issues/63951';
const ISSUE_PATH = '/repos/some-one/no.de/issues/7';

t.test('names', async (t) => {
  t.equal(nameOf(PULL), 'nodejs/node#63951');
  t.equal(nameOf(ISSUE), 'some-one/no.de#7');
});

t.test('each is asked for once, and its answer recorded', async (t) => {
  const { asked } = await serveApi(t, answering({ [PULL_PATH]: MERGED, [ISSUE_PATH]: CLOSED }));
  const from = new Date().toISOString();
  const { note, faults, answers } = await ask([PULL, ISSUE]);
  t.equal(note, 'upstream was asked: 2 of 2 answered');
  t.same(faults, []);
  t.match(Object.fromEntries(answers), {
    [PULL]: { state: 'merged', date: '2026-06-23T08:00:00Z', title: 'net: add it' },
    [ISSUE]: { state: 'closed', date: '2026-07-02T00:00:00Z', title: 'an issue' },
  });
  for (const answer of answers.values()) t.ok(answer.asked >= from && answer.asked <= new Date().toISOString());
  t.same(asked.map(({ method, url }) => `${method} ${url}`).sort(), [`GET ${PULL_PATH}`, `GET ${ISSUE_PATH}`]);
  t.equal(asked[0]!.headers.authorization, undefined);

  const known = await recall([PULL]);
  t.match(known.note, /^offline: this is what was recorded, upstream was not asked /);
  t.same([...known.answers], [[PULL, answers.get(PULL)]], 'what no proposal names any more is left out');
  t.equal(asked.length, 2, 'nobody is asked for that');
});

t.test('one that is open, and one that was opened again', async (t) => {
  const title = '\u001b[31m red\u0007\nand \u202ereversed ';
  await serveApi(t, answering({ [PULL_PATH]: pull({ title }), [ISSUE_PATH]: { ...CLOSED, state: 'open', closed_at: null } }));
  const { answers } = await ask([PULL, ISSUE]);
  t.match(answers.get(PULL), { state: 'open', date: '2026-06-01T10:00:00Z', title: '[31m red and  reversed' },
          'characters that a terminal obeys are left out');
  t.match(answers.get(ISSUE), { state: 'open', date: '2023-08-30T00:00:00Z' });
});

t.test('one that was closed without being merged', async (t) => {
  await serveApi(t, answering({ [PULL_PATH]: pull({ state: 'closed', closed_at: '2026-06-02T00:00:00Z' }) }));
  t.match((await ask([PULL])).answers.get(PULL), { state: 'closed', date: '2026-06-02T00:00:00Z' });
});

t.test('an issue that was moved', async (t) => {
  const { asked } = await serveApi(t, (request, response) => {
    if (request.url === ISSUE_PATH) response.writeHead(301, { location: '/repositories/1/issues/9' }).end();
    else answering({ '/repositories/1/issues/9': CLOSED })(request, response);
  });
  t.match((await ask([ISSUE])).answers.get(ISSUE), { state: 'closed' });
  t.equal(asked.length, 2);
});

t.test('a token, and a server with a path', async (t) => {
  const { asked } = await serveApi(t, answering({ [`/api/v3${PULL_PATH}`]: MERGED }), '/api/v3/');
  process.env['GITHUB_TOKEN'] = 'abc';
  t.equal((await ask([PULL])).answers.size, 1);
  t.equal(asked[0]!.headers.authorization, 'token abc');
});

const reset = 2_000_000_000;
for (const [what, status, headers, token, fault] of [
  ['not there', 404, {}, '', /none there \(404\); correct the address in proposals\.json$/],
  ['deleted', 410, {}, '', /none there \(410\); /],
  ['out of requests', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${reset}` }, '',
   /rate limit of \S+ is reached \(403\); ask again after 2033-05-18T03:33:20\.000Z or set GITHUB_TOKEN$/],
  ['out of requests with a token', 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${reset}` }, 'abc',
   /rate limit of \S+ is reached \(429\); ask again after 2033-05-18T03:33:20\.000Z$/],
  ['out of requests until a time that is none', 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'x' }, 'abc',
   /rate limit of \S+ is reached \(429\); ask again later$/],
  ['too fast', 403, { 'retry-after': '60', 'x-ratelimit-remaining': '40', 'x-ratelimit-reset': `${reset}` }, 'abc',
   /rate limit of \S+ is reached \(403\); ask again later$/],
  ['forbidden', 403, { 'x-ratelimit-remaining': '40' }, '', /a token is wanted \(403\); set GITHUB_TOKEN$/],
  ['asked with a bad token', 401, {}, 'abc', /GITHUB_TOKEN is not accepted \(401\); correct or unset it$/],
  ['out of order', 503, {}, '', /gives an error \(503\); ask again later$/],
] as const) {
  t.test(`${what}: a line for all that it happens to`, async (t) => {
    const { asked } = await serveApi(t, answering({ [PULL_PATH]: status, [ISSUE_PATH]: status }, headers));
    if (token !== '') process.env['GITHUB_TOKEN'] = token;
    const { note, faults, answers } = await ask([PULL, ISSUE]);
    t.equal(note, 'upstream was asked: 0 of 2 answered');
    t.equal(faults.length, 1);
    t.match(faults[0], fault);
    t.match(faults[0], /^nodejs\/node#63951, some-one\/no\.de#7: /);
    t.notMatch(faults[0], /\n|abc/);
    t.equal(answers.size, 0);
    t.equal(asked.length, 2, 'nothing is tried again');
    t.equal(existsSync(record), false);
  });
}

t.test('some answer and others do not: these stay as recorded', async (t) => {
  await serveApi(t, answering({ [PULL_PATH]: pull(), [ISSUE_PATH]: CLOSED }));
  const first = await ask([PULL, ISSUE]);
  await serveApi(t, answering({ [PULL_PATH]: MERGED }));
  const { note, faults, answers } = await ask([PULL, ISSUE]);
  t.equal(note, 'upstream was asked: 1 of 2 answered');
  t.match(faults, [/^some-one\/no\.de#7: \S+ has none there \(404\); /]);
  t.equal(answers.get(PULL)!.state, 'merged');
  t.same(answers.get(ISSUE), first.answers.get(ISSUE));
  t.same(JSON.parse(readFileSync(record, 'utf8')), Object.fromEntries(answers));
});

for (const [what, type, body] of [
  ['a page of a proxy', 'text/html', '<title>Please log in</title>'],
  ['other JSON', 'application/json', '{"title":"x","state":"done","created_at":"","closed_at":null}'],
  ['half of it', 'application/json', JSON.stringify(MERGED).slice(0, 40)],
  ['nothing', 'application/json', ''],
] as const) {
  t.test(`what comes back is ${what}`, async (t) => {
    await serveApi(t, (_, response) => response.writeHead(200, { 'content-type': type }).end(body));
    const { note, faults, answers } = await ask([PULL]);
    t.equal(note, 'upstream was asked: 0 of 1 answered');
    t.match(faults, [/^nodejs\/node#63951: what came back from \S+ is not GitHub's; check the network and GITHUB_API_URL$/]);
    t.equal(answers.size, 0);
  });
}

t.test('nobody listens: what was recorded stands', async (t) => {
  const { host, close } = await serveApi(t, answering({ [PULL_PATH]: MERGED }));
  const { answers } = await ask([PULL]);
  await close();
  t.same(await ask([PULL, ISSUE]), {
    note: `offline: this is what was recorded, ${host} cannot be reached (ECONNREFUSED)`,
    faults: [],
    answers,
  });
});

t.test('a server that hangs up', async (t) => {
  await serveApi(t, (request) => request.socket.destroy());
  t.match((await ask([PULL])).note, /^offline: .* cannot be reached \(\w+\)$/);
});

for (const [what, begin] of [
  ['never answers', ''],
  ['stops in the middle', '{"title":'],
] as const) {
  t.test(`a server that ${what} is given up`, async (t) => {
    const { host, asked } = await serveApi(t, (request, response) => {
      if (request.url === ISSUE_PATH) answering({ [ISSUE_PATH]: CLOSED })(request, response);
      else if (begin !== '') response.writeHead(200, { 'content-type': 'application/json' }).write(begin);
    });
    const from = performance.now();
    t.same(await ask([PULL], 300), {
      note: `offline: this is what was recorded, ${host} gave no answer within 0.3 s`, faults: [], answers: new Map(),
    });
    const took = performance.now() - from;
    t.ok(took >= 290 && took < 3000, `${took} ms`);
    t.equal(asked.length, 1, 'it is not asked again');

    const { note, faults, answers } = await ask([PULL, ISSUE], 1000);
    t.equal(note, 'upstream was asked: 1 of 2 answered', 'another has answered in time');
    t.same(faults, [`nodejs/node#63951: ${host} gave no answer within 1 s`]);
    t.match(answers.get(ISSUE), { state: 'closed' });
  });
}

t.test('settings that cannot be', async (t) => {
  for (const api of ['api.github.com', 'file:///x', 'http://', 'https://a b']) {
    process.env['GITHUB_API_URL'] = api;
    await t.rejects(ask([PULL]), { name: 'UserError', message: /^GITHUB_API_URL=.* is not an http or https address$/ }, api);
  }
  delete process.env['GITHUB_API_URL'];
  process.env['GITHUB_TOKEN'] = 'abc\ndef';
  await t.rejects(ask([PULL]), { name: 'UserError', message: 'GITHUB_TOKEN has characters that no token has' });
});

t.test('a record that cannot be read', async (t) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(record, '{');
  await t.rejects(recall([PULL]), { message: /upstream\.json is no JSON$/, remedy: 'remove it; `make status ONLINE=1` writes it again' });
});
