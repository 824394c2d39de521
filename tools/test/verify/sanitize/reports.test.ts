import t from 'tap';
import { findings, findingsIn } from '../../../verify/sanitize/reports.ts';

const library = (offset: string) => `(/x/lib/libnode.so.137+0x${offset})`;

/** A stack as LeakSanitizer prints it: functions and locations. */
const stack = (...frames: readonly string[]) => frames
  .map((frame, index) => `    #${index} 0x7efd588b94c${index} ${frame}\n`).join('');

const asanNew = 'in operator new(unsigned long) ../../../../src/libsanitizer/asan/asan_new_delete.cpp:95';

const leakReport = (...leaks: readonly string[]) => [
  '=================================================================',
  '==7==ERROR: LeakSanitizer: detected memory leaks',
  '',
  ...leaks.map((frames) => `Direct leak of 80 byte(s) in 1 object(s) allocated from:\n${frames}`),
  'SUMMARY: AddressSanitizer: 80 byte(s) leaked in 1 allocation(s).',
].join('\n');

const race = [
  '==================',
  'WARNING: ThreadSanitizer: data race (pid=7)',
  '  Read of size 4 at 0x7b1400020c58 by thread T12:',
  '    #0 node::shared_sockets::Share::Copy() const ../../src/shared_sockets.cc:296 (node+0x97da3)',
  'SUMMARY: ThreadSanitizer: data race ../../src/shared_sockets.cc:296 in node::shared_sockets::Share::Copy() const',
  '==================',
].join('\n');

t.test('reports are named by their last line', async (t) => {
  t.same(findings(race), [
    'ThreadSanitizer: data race ../../src/shared_sockets.cc:296 in node::shared_sockets::Share::Copy() const',
  ]);
  t.same(findings([
    '==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60600000 at pc 0x55 bp 0x7f sp 0x7f',
    stack('in node::Share::Copy() const ../../src/shared_sockets.cc:296'),
    'SUMMARY: AddressSanitizer: heap-use-after-free ../../src/shared_sockets.cc:296 in node::Share::Copy() const',
  ].join('\n')), ['AddressSanitizer: heap-use-after-free ../../src/shared_sockets.cc:296 in node::Share::Copy() const']);
  t.same(findings(`${race}\n${race}`).length, 1, 'each once');
});

t.test('undefined behaviour has a line of its own', async (t) => {
  const text = '../../src/keep_alive.cc:9:5: runtime error: signed integer overflow: 2147483647 + 1';
  t.same(findings(`${text}\n${stack('in Set ../../src/keep_alive.cc:9')}`), [text]);
});

t.test('a report that was cut off, and a sanitizer that fails itself', async (t) => {
  const begun = '==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6020';
  t.same(findings(`${begun}\nREAD of size 1 at`), [begun]);
  const fatal = '==7==FATAL: ThreadSanitizer: unexpected memory mapping 0x55-0x56';
  t.same(findings(fatal), [fatal]);
  const forbidden = '==7==LeakSanitizer has encountered a fatal error.';
  t.same(findings(`${forbidden}\n==7==HINT: LeakSanitizer does not work under ptrace (strace, gdb, etc)`), [forbidden]);
});

t.test('whose a leak is', async (t) => {
  const ours = stack(
    asanNew,
    'in std::make_unique<node::Group>() /usr/include/c++/12/bits/unique_ptr.h:1065',
    'in node::Share::Get(sockaddr const*, node::Terms const&) ../../src/shared_sockets.cc:275',
    `in node::Start(int, char**) ${library('56e9ad')}`,
  );
  t.same(findings(leakReport(ours)), [
    'leak of what is allocated at ../../src/shared_sockets.cc:275 in node::Share::Get(sockaddr const*, node::Terms const&)',
  ]);
  const theirs = stack(
    asanNew,
    `in node::contextify::ContextifyScript::New(node::Environment*, v8::Local<v8::Object>) ${library('5be0d5')}`,
    library('d0426d'),
    'in node::builtins::BuiltinLoader::CompileAndCall(v8::Local<v8::Context>, char const*) ../../src/node_builtins.cc:536',
  );
  t.same(findings(leakReport(theirs)), [], 'they only ran because ours called');
  const others = stack('in malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69', 'in CRYPTO_malloc (/x/libcrypto.so.3+0x2769dd)');
  t.same(findings(leakReport(others)), [], 'of nobody that is known');
  const through = stack('in malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69',
                        'in uv_pipe_bind2 (/x/libuv.so.1+0x27) (BuildId: 0a1b)', 'in Bind ../../src/pipe_wrap.cc:160');
  t.same(findings(leakReport(through)), ['leak of what is allocated at ../../src/pipe_wrap.cc:160 in Bind'], 'libuv allocates for its caller');
  t.same(findings(leakReport(theirs, ours, others)).length, 1, 'each is looked at');
});

t.test('what says nothing of a fault', async (t) => {
  t.same(findings(''), []);
  t.same(findings('(node:7) Warning: runtime is short\nassertion failed\n'), []);
});

t.test('the logs of a run', async (t) => {
  const folder = t.testdir({ 'tsan.7': race, 'tsan.8': race, 'asan.9': leakReport(), 'tsan.x': '' });
  const found = await findingsIn(folder, 'tsan.');
  t.equal(found.length, 1, 'the same in two processes');
  t.equal(found[0]!.log, `${folder}/tsan.7`);
  t.same(await findingsIn(folder, 'asan.'), []);
});
