'use strict';

// Run by the packed binary, in the machine's own root or in one that contains nothing but
// the package (ALONE). Tests what a Node must be able to do wherever it is installed, and
// what would go wrong if it were started through another program.

const assert = require('node:assert');
const { execFileSync, fork, spawn, spawnSync } = require('node:child_process');
const cluster = require('node:cluster');
const dns = require('node:dns/promises');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const tls = require('node:tls');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const { PACKAGE: unpacked, VERSION: version, ALONE: alone } = process.env;
const limit = { timeout: 60_000 };

/** The files that a process has mapped. */
function mappedFiles(pid = 'self') {
  const lines = fs.readFileSync(`/proc/${pid}/maps`, 'utf8').trim().split('\n');
  return new Set(lines.map((line) => line.split(/\s+/).slice(5).join(' ')).filter((name) => name.startsWith('/')));
}

function assertOwnFiles(files) {
  const foreign = [...files].filter((name) => !name.startsWith(`${unpacked}/`));
  assert.deepStrictEqual(foreign, []);
}

function asChild() {
  process.once('message', () => {
    process.send({
      execPath: process.execPath,
      variables: Object.keys(process.env).sort(),
      files: [...mappedFiles()],
    }, () => process.disconnect());
  });
}

function asClusterWorker() {
  http.createServer((request, response) => response.end(String(process.pid))).listen(0, '127.0.0.1');
}

/** One answer from each of two workers that share a port. */
async function pidsFromCluster() {
  cluster.setupPrimary({ exec: __filename, args: ['cluster'] });
  const workers = [cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const pids = new Set();
  for (let asked = 0; pids.size < 2 && asked < 50; asked++) {
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
    pids.add(Number(await response.text()));
  }
  await Promise.all(workers.map((worker) => {
    const exit = once(worker, 'exit');
    worker.kill();
    return exit;
  }));
  return { pids: [...pids].sort(), expected: workers.map((worker) => worker.process.pid).sort() };
}

function tests() {
  test('is the version that was packed', () => assert.strictEqual(process.version, version));

  test('is what process.execPath names', () => {
    assert.strictEqual(process.execPath, path.join(unpacked, 'bin', 'node'));
    assert.strictEqual(execFileSync(process.execPath, ['--version'], { encoding: 'utf8' }).trim(), version);
  });

  test('is found through a symbolic link', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bindery-'));
    try {
      const link = path.join(folder, 'node');
      fs.symlinkSync(process.execPath, link);
      assert.strictEqual(execFileSync(link, ['-p', 'process.execPath'], { encoding: 'utf8' }).trim(), process.execPath);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('says in one line what is wrong where its libraries are not beside it', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bindery-'));
    try {
      const lonely = path.join(folder, 'node');
      fs.copyFileSync(process.execPath, lonely);
      const { status, stderr } = spawnSync(lonely, ['--version'], { encoding: 'utf8' });
      assert.strictEqual(status, 127);
      assert.match(stderr, /^node: .+lib\/bindery\/ld-linux\S+ cannot be opened; .+\n$/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('maps files of its package alone, after it has used the resolver, ICU and TLS', async () => {
    await dns.lookup(alone ? '127.0.0.1' : 'localhost');
    new Intl.DateTimeFormat('de-DE').format();
    tls.createSecureContext();
    assertOwnFiles(mappedFiles());
  });

  test('forks itself, with the same environment', limit, async () => {
    const child = fork(__filename, ['child']);
    child.send('tell');
    const [told] = await once(child, 'message');
    assert.strictEqual(told.execPath, process.execPath);
    assert.deepStrictEqual(told.variables, Object.keys(process.env).sort());
    assertOwnFiles(told.files);
    await once(child, 'exit');
  });

  test('serves from a cluster of two', limit, async () => {
    const { pids, expected } = await pidsFromCluster();
    assert.deepStrictEqual(pids, expected);
  });

  test('runs a thread', limit, async () => {
    const worker = new Worker(__filename);
    worker.postMessage(20);
    const [answer] = await once(worker, 'message');
    assert.strictEqual(answer, 21);
    await worker.terminate();
  });

  test('sets its title, and leaves arguments and environment whole', () => {
    const script = 'const env = JSON.stringify(process.env); process.title = "another title"; ' +
      'const fs = require("fs"); console.log(JSON.stringify([fs.readFileSync("/proc/self/cmdline", "latin1").split("\\0")[0], ' +
      'process.argv.slice(1), process.env.GIVEN, env === JSON.stringify(process.env)]))';
    const env = { ...process.env, GIVEN: 'ü'.repeat(3000) };
    const [title, args, given, same] = JSON.parse(execFileSync(process.execPath, ['-e', script, 'one', 'two three'], { env, encoding: 'utf8' }));
    // An emulator makes up this file.
    if (process.env.QEMU_LD_PREFIX === undefined) assert.match(title, /^another title$/);
    assert.deepStrictEqual(args, ['one', 'two three']);
    assert.strictEqual(given, env.GIVEN);
    assert.ok(same);
  });

  test('takes signals, and is ended by them', limit, async () => {
    const script = 'process.on("SIGUSR2", () => { console.log("caught"); clearInterval(alive); }); ' +
      'const alive = setInterval(() => {}, 1000); console.log("ready")';
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      if (printed === 'ready\n') child.kill('SIGUSR2');
    });
    assert.deepStrictEqual(await once(child, 'exit'), [0, null]);
    assert.strictEqual(printed, 'ready\ncaught\n');
    const { signal } = spawnSync(process.execPath, ['-e', 'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)']);
    assert.strictEqual(signal, 'SIGTERM');
  });

  test('exits with the code that it is given', () => {
    const code = (script) => spawnSync(process.execPath, ['-e', script]).status;
    assert.deepStrictEqual(['0', 'process.exit(3)', 'throw 1', 'process.exitCode = 4'].map(code), [0, 3, 1, 4]);
  });

  test('reads a program and data from a pipe', () => {
    const run = (args, input) => execFileSync(process.execPath, args, { input, encoding: 'utf8' });
    assert.strictEqual(run(['-'], 'console.log(6 * 7)'), '42\n');
    assert.strictEqual(run(['-e', 'process.stdin.pipe(process.stdout)'], 'ü'.repeat(100_000)), 'ü'.repeat(100_000));
  });

  test('runs the programs of the system', { skip: alone ? 'there are none' : false }, () => {
    assert.strictEqual(execFileSync('/bin/sh', ['-c', 'cat /dev/null; echo "$((6 * 7))"'], { encoding: 'utf8' }), '42\n');
  });

  test('speaks TLS without a folder of certificates', limit, async () => {
    const psk = Buffer.from('d731ef57be09e5204f0b205b60627028', 'hex');
    const ciphers = 'PSK+AES128';
    const maxVersion = 'TLSv1.2';
    const server = tls.createServer({ ciphers, maxVersion, pskCallback: () => psk }, (socket) => socket.end('secret'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = tls.connect({
      port: server.address().port,
      host: '127.0.0.1',
      ciphers,
      maxVersion,
      pskCallback: () => ({ psk, identity: 'check' }),
      checkServerIdentity() {},
    });
    let received = '';
    for await (const chunk of client) received += chunk;
    assert.strictEqual(received, 'secret');
    server.close();
  });

  test('trusts Node\'s own list of certificates', { skip: tls.getCACertificates === undefined && 'this line does not tell' }, () => {
    assert.ok(tls.rootCertificates.length > 100);
    // Certificates that the user adds count as well.
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: '' };
    const script = 'const list = (which) => [...tls.getCACertificates(which)].sort().join(); list("default") === list("bundled")';
    const isOwn = (...args) => execFileSync(process.execPath, [...args, '-p', script], { env, encoding: 'utf8' }).trim();
    assert.strictEqual(isOwn(), 'true');
    assert.strictEqual(isOwn('--use-openssl-ca'), 'false');
  });

  test('has the data of ICU', () => {
    const text = new Date(0).toLocaleDateString('de-DE', { timeZone: 'Asia/Tokyo', dateStyle: 'full' });
    assert.strictEqual(text, 'Donnerstag, 1. Januar 1970');
  });

  test('says no path of the machine that it was built on', () => {
    const texts = JSON.stringify(process.config).match(/"(-[IL])?\/[^"]*"/g);
    assert.deepStrictEqual(texts.filter((text) => !/^"\/(usr)?"$/.test(text)), []);
  });
}

if (!isMainThread) {
  parentPort.once('message', (number) => parentPort.postMessage(number + 1));
} else {
  const roles = { child: asChild, cluster: asClusterWorker };
  (roles[process.argv[2]] ?? tests)();
}
