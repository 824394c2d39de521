/**
 * The tests of ours that fail over an official binary, because an addon cannot do what our
 * hooks in src/ do, and why it cannot.
 */
const needsHooks: ReadonlyMap<string, string> = new Map(Object.entries({
  'test-heapdump-bound-handle': 'a heap snapshot names native objects of Node.js alone',
  'test-net-bound-handle-flags': '--no-addons keeps ours out as well',
  'test-net-bound-handle-snapshot': 'nothing is preloaded into a program that becomes a startup snapshot',
  'test-net-sockopt-snapshot': 'nothing is preloaded into a program that becomes a startup snapshot',
  'test-net-structs-snapshot': 'nothing is preloaded into a program that becomes a startup snapshot',
  'test-worker-bound-handle-shared': 'a server that upstream transfers to a thread loses its share without a hook in TCPWrap',
  'test-worker-bound-handle-vm-context': 'what nobody receives is closed by the garbage collector, not at once',
  'test-worker-dgram-handover': 'what nobody receives is closed by the garbage collector, not at once',
}));

const padded = 'the libuv of this release fills abstract names up with null characters';
const cut = 'the libuv of this release ends a path at a null character';

/** Those that fail with a libuv older than 1.48, which is what official binaries of v20.x have. */
const needsLibuv: ReadonlyMap<string, string> = new Map(Object.entries({
  'test-child-process-bound-handle': padded,
  'test-net-bound-handle-abstract': padded,
  'test-net-bound-handle-errors': cut,
  'test-net-bound-handle-fd': padded,
  'test-net-bound-handle-leak': cut,
  'test-net-socket-options-otherwise': cut,
}));

/** Why a test of ours cannot pass over the official binary of a release, for those of which that is known. */
export const excuses = (version: string): ReadonlyMap<string, string> =>
  (version.startsWith('20.') ? new Map([...needsHooks, ...needsLibuv]) : needsHooks);
