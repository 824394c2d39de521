/**
 * The tests of ours that fail over an official binary, because an addon cannot do what our
 * hooks in src/ do, and why it cannot.
 */
export const needsHooks: ReadonlyMap<string, string> = new Map(Object.entries({
  'test-heapdump-bound-handle': 'a heap snapshot names native objects of Node.js alone',
  'test-net-bound-handle-flags': '--no-addons keeps ours out as well',
  'test-net-bound-handle-snapshot': 'nothing is preloaded into a program that becomes a startup snapshot',
  'test-net-sockopt-snapshot': 'nothing is preloaded into a program that becomes a startup snapshot',
  'test-net-structs-snapshot': 'nothing is preloaded into a program that becomes a startup snapshot',
  'test-worker-bound-handle-shared': 'a server that upstream transfers to a thread loses its share without a hook in TCPWrap',
  'test-worker-bound-handle-vm-context': 'what nobody receives is closed by the garbage collector, not at once',
  'test-worker-dgram-handover': 'what nobody receives is closed by the garbage collector, not at once',
}));
