import { type Claim, countsOf, type Declared, type Owner } from './declared.ts';
import { parametersOf, type Runtime } from './runtime.ts';

/** A disagreement between the declarations and the runtime. */
export interface Fault {
  /** What it is about, e.g. `net.Socket#setsockopt`. */
  readonly what: string;
  readonly why: string;
}

/** A disagreement that is known and has a reason. */
export interface Exception {
  /** The lines that it applies to; every line if there are none. */
  readonly lines?: readonly string[];
  readonly what: string;
  readonly reason: string;
}

const EXCEPTIONS: readonly Exception[] = [
  { what: 'net.Stream', reason: 'an old name of Socket that neither the manual nor @types/node has' },
  { what: 'dgram.Socket#sendto', reason: 'an old name of send() that neither the manual nor @types/node has' },
  { what: 'net.BoundSocketOptions#acceptedSocketOptions', reason: 'it is read to be refused' },
  { what: 'dgram.BindSyncOptions#socketOptions', reason: 'it is read to be refused' },
  { what: 'dgram.BindSyncOptions#acceptedSocketOptions', reason: 'it is read to be refused' },
  { what: 'dgram.MessageError#mtu', reason: 'only EMSGSIZE has it, which no message over loopback is too long for' },
];

/** The interfaces of options, by their names in a walk. */
const OPTIONS: Readonly<Record<string, string>> = {
  BoundSocketOptions: 'net.BoundSocketOptions',
  SetKeepAliveOptions: 'net.SetKeepAliveOptions',
  BindSyncOptions: 'dgram.BindSyncOptions',
  MessageOptions: 'dgram.MessageOptions',
  BatchMessage: 'dgram.BatchMessage',
};

const CONSTANTS = 'net.SocketConstants';

const shownCounts = (counts: ReadonlySet<number>) => [...counts].sort().join(', ');

/** Names of upstream's internals, which are not declared. */
const isInternal = (name: string) => name.startsWith('_');

const NO_TRANSFER = 'the runtime does not transfer a bound socket with it';

const NO_SENDING = 'the runtime does not send a bound socket with it, nor receive one';

/** The classes that send messages to other processes and receive them. */
const CHANNELS: ReadonlySet<string> = new Set(['child_process.ChildProcess', 'cluster.Worker', 'NodeJS.Process']);

const NOTHING: Owner = { members: new Set(), accepts: new Map() };

/** Methods of every emitter, which the declarations of events overload. */
const LISTENING = /^(on|once)$/;

/** How the manual contradicts the declared numbers of arguments of a method. */
function headingFault(what: string, counts: ReadonlySet<number>, { headings }: Runtime): string | undefined {
  const ranges = headings.get(what);
  if (ranges === undefined) return 'the manual has no heading for it';
  const taken = shownCounts(countsOf(ranges));
  if (taken === shownCounts(counts)) return undefined;
  return `the manual gives it ${taken} arguments, the declarations ${shownCounts(counts)}`;
}

function* members(declared: Declared, runtime: Runtime): Generator<Fault> {
  for (const [owner, there] of Object.entries(runtime.classes)) {
    const { members: known, accepts } = declared.owners.get(owner) ?? NOTHING;
    const claimed = new Set(declared.claims.filter((claim) => claim.owner === owner).map(({ name }) => name));
    for (const { name, kind, source } of there) {
      const what = `${owner}#${name}`;
      if (isInternal(name)) continue;
      if (!known.has(name) && name !== 'constructor') {
        yield { what, why: 'the declarations do not have it' };
        continue;
      }
      // What the package does not declare is up to @types/node, except for the class.
      if (kind !== 'method' || (!claimed.has(name) && owner !== 'net.BoundSocket')) continue;
      const counts = accepts.get(name) ?? new Set<number>();
      const most = source === undefined ? undefined : parametersOf(source);
      if (most !== undefined && most !== Math.max(...counts)) {
        yield { what, why: `it has ${most} parameters, and is declared to take ${shownCounts(counts)} arguments` };
        continue;
      }
      const why = headingFault(what, counts, runtime);
      if (why !== undefined) yield { what, why };
    }
  }
}

function claimFault({ owner, name, kind, readonly }: Claim, declared: Declared, runtime: Runtime): string | undefined {
  const what = `${owner}#${name}`;
  const there = runtime.classes[owner]?.find((member) => member.name === name);
  if (owner in runtime.classes) {
    if (there === undefined) return LISTENING.test(name) ? undefined : 'the runtime does not have it';
    if ((there.kind === 'method') !== (kind === 'method')) return `at run time it is a ${there.kind}`;
    if (there.kind === 'accessor' && readonly === there.writable) return `at run time it can${readonly ? '' : 'not'} be set`;
    return undefined;
  }
  // Constants are compared below, by name; optional ones may be missing on this platform.
  if (owner === CONSTANTS) return undefined;
  if (Object.values(OPTIONS).includes(owner)) return undefined;
  if (name === 'handle') return runtime.adopting.includes(owner) ? undefined : 'the runtime leaves it out of account';
  if (/^((s|acceptedS)ocketOptions|keepAlive(Interval|Count)|setSocketKeepAlive|receiveInfo)$/.test(name)) {
    return runtime.taking.includes(what) ? undefined : 'the runtime leaves it unread';
  }
  if (name === 'postMessage') return runtime.transferring.includes(what) ? undefined : NO_TRANSFER;
  if (CHANNELS.has(owner)) {
    if (!runtime.sending.includes(what)) return NO_SENDING;
    // Methods that add listeners are only documented with events.
    return name === 'send' ? headingFault(what, declared.owners.get(owner)?.accepts.get(name) ?? new Set(), runtime) : undefined;
  }
  return 'nothing at run time is known that it stands for';
}

function* constants({ claims }: Declared, { constants: there }: Runtime): Generator<Fault> {
  const names = new Set(there.names);
  const known = new Map(claims.filter(({ owner }) => owner === CONSTANTS).map((claim) => [claim.name, claim]));
  for (const name of names) {
    if (!known.has(name)) yield { what: `net.constants.${name}`, why: 'it is not declared' };
  }
  for (const [name, { optional, readonly }] of known) {
    if (!optional && !names.has(name)) yield { what: `net.constants.${name}`, why: 'it is required, and the runtime does not have it' };
    if (readonly !== there.frozen) yield { what: `net.constants.${name}`, why: 'readonly and frozen do not go together' };
  }
  if (!there.integers) yield { what: 'net.constants', why: 'not every value is an integer' };
}

function* adopting({ owners }: Declared, runtime: Runtime): Generator<Fault> {
  for (const owner of runtime.adopting) {
    if (!owners.get(owner)?.members.has('handle')) yield { what: `${owner}#handle`, why: 'the declarations do not have it' };
  }
}

function* carrying({ claims, ownExports }: Declared, runtime: Runtime): Generator<Fault> {
  const known = new Set([...ownExports, ...claims.map(({ owner, name }) => `${owner}#${name}`)]);
  for (const what of runtime.transferring) {
    if (!known.has(what)) yield { what, why: 'the declarations do not let a bound socket be transferred with it' };
  }
  for (const what of runtime.sending) {
    if (!known.has(what)) yield { what, why: 'the declarations do not let it send a bound socket, or receive one' };
  }
}

function* options({ owners }: Declared, runtime: Runtime): Generator<Fault> {
  for (const [name, read] of Object.entries(runtime.options)) {
    const owner = OPTIONS[name]!;
    const known = owners.get(owner)?.members ?? new Set();
    for (const option of read) {
      if (!known.has(option)) yield { what: `${owner}#${option}`, why: 'the declarations do not have it' };
    }
    for (const option of known) {
      if (!read.includes(option)) yield { what: `${owner}#${option}`, why: 'the runtime does not read it' };
    }
  }
}

function* exported(declared: Declared, runtime: Runtime): Generator<Fault> {
  for (const [module, names] of Object.entries(runtime.exports)) {
    for (const name of names) {
      if (!isInternal(name) && !declared.exports.get(module)?.has(name)) {
        yield { what: `${module}.${name}`, why: 'the declarations do not have it' };
      }
    }
  }
  for (const what of declared.ownExports) {
    const [module, name] = what.split('.') as [string, string];
    if (module === 'globalThis' || module === 'worker_threads') {
      if (!runtime.transferring.includes(what)) yield { what, why: NO_TRANSFER };
    } else if (!runtime.exports[module]?.includes(name)) {
      yield { what, why: 'the runtime does not have it' };
    }
  }
  if (declared.oneClass !== runtime.oneClass) yield { what: 'net.BoundHandle', why: 'it is not BoundSocket by another name' };
}

/** Compares the declarations with a binary, in both directions. */
export function compareTypes(declared: Declared, runtime: Runtime): readonly Fault[] {
  const claimed = declared.claims.flatMap((claim) => {
    const why = claimFault(claim, declared, runtime);
    return why === undefined ? [] : [{ what: `${claim.owner}#${claim.name}`, why }];
  });
  const faults = [
    ...claimed,
    ...members(declared, runtime),
    ...constants(declared, runtime),
    ...options(declared, runtime),
    ...adopting(declared, runtime),
    ...carrying(declared, runtime),
    ...exported(declared, runtime),
  ];
  // A member may be missing in more than one way.
  return [...new Map(faults.map((fault) => [fault.what, fault])).values()];
}

/**
 * Removes the known disagreements from those found on a line.
 * @returns the others, and each exception that no longer applies
 */
export function withoutKnown(
  line: string,
  faults: readonly Fault[],
  exceptions: readonly Exception[] = EXCEPTIONS,
): readonly Fault[] {
  const known = exceptions.filter(({ lines }) => lines?.includes(line) ?? true);
  const stale = known.filter(({ what }) => faults.every((fault) => fault.what !== what));
  return [
    ...faults.filter((fault) => known.every(({ what }) => what !== fault.what)),
    ...stale.map(({ what }) => ({ what, why: 'the exception for it no longer applies; take it out of tools/verify/types/compare.ts' })),
  ];
}
