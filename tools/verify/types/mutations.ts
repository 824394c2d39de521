import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { typings } from './stage.ts';

/** A change to the declarations that must not pass, and what detects it. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** What the comparison must find, and nothing else. If it is not set, the type tests must fail. */
  readonly found?: string;
  /** The major of @types/node with which it is detected. Newer ones declare some of it as well. */
  readonly major?: 20;
}

type Change = (member: string) => string;

/** Which of the members with the same name, mostly overloads. */
type Nth = number | 'all';

/** A file of the package with a member of an interface or class changed. */
function changed(file: string, owner: string, member: string, change: Change, nth: Nth = 0): string {
  const text = readFileSync(path.join(typings, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) && node.name?.text === owner) {
      found.push(...node.members.filter(({ name }) => name?.getText(source) === member));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const nodes = nth === 'all' ? found : found.slice(nth, nth + 1);
  if (nodes.length === 0) throw new Error(`${file} has no ${owner}#${member} (${nth})`);
  return nodes.reduceRight((rest, node) =>
    rest.slice(0, node.getStart(source)) + change(node.getText(source)) + rest.slice(node.end), text);
}

/** Changes a text, which must contain `from`. */
function replaced(file: string, from: string, to: string): string {
  const text = readFileSync(path.join(typings, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  return text.replace(from, to);
}

/** A file of the package without a function. */
function withoutFunction(file: string, name: string): string {
  const text = readFileSync(path.join(typings, file), 'utf8');
  const [whole] = new RegExp(`^ *function ${name}\\b.*$`, 'm').exec(text) ?? [];
  if (whole === undefined) throw new Error(`${file} has no function ${name}`);
  return text.replace(whole, '');
}

const remove: Change = () => '';
const demand: Change = (member) => member.replace('?:', ':');
const unlock: Change = (member) => member.replace('readonly ', '');
const beside = (other: string): Change => (member) => `${member}\n${other}`;

/** Mutations of every kind: the mistakes that are easily made in the declarations. */
export function mutations(): readonly Mutation[] {
  const net = (owner: string, member: string, change: Change, nth?: number) =>
    ({ file: 'net.d.ts', text: changed('net.d.ts', owner, member, change, nth) });
  const dgram = (member: string, change: Change, nth?: number, owner = 'Socket') =>
    ({ file: 'dgram.d.ts', text: changed('dgram.d.ts', owner, member, change, nth) });
  const threads = (owner: string, member: string, change: Change, nth?: number) =>
    ({ file: 'threads.d.ts', text: changed('threads.d.ts', owner, member, change, nth) });
  const children = (owner: string, member: string, change: Change, nth?: Nth) =>
    ({ file: 'children.d.ts', text: changed('children.d.ts', owner, member, change, nth) });
  const missing = (name: string) => ({ file: 'threads.d.ts', text: withoutFunction('threads.d.ts', name) });
  const other = (owner: string, member: string, change: Change) =>
    ({ file: 'additions.d.ts', text: changed('additions.d.ts', owner, member, change) });
  return [
    { name: 'a method less, of a server', ...net('Server', 'setsockopt', remove), found: 'net.Server#setsockopt' },
    { name: 'a method less, of a datagram socket', ...dgram('connectSync', remove), found: 'dgram.Socket#connectSync', major: 20 },
    { name: 'a method less, of the class', ...other('BoundSocket', 'fd', remove), found: 'net.BoundSocket#fd', major: 20 },
    { name: 'no Symbol.dispose', ...other('BoundSocket', '[Symbol.dispose]', remove), found: 'net.BoundSocket#Symbol.dispose', major: 20 },
    { name: 'an accessor less', ...net('BoundSocket', 'isPipe', remove), found: 'net.BoundSocket#isPipe' },
    { name: 'a constant less', ...other('SocketConstants', 'SO_RCVBUF', remove), found: 'net.constants.SO_RCVBUF' },
    { name: 'a constant less, of another system', ...other('SocketConstants', 'SO_NOSIGPIPE', remove), found: 'net.constants.SO_NOSIGPIPE' },
    { name: 'an overload less: without length', ...net('Socket', 'getsockopt', remove), found: 'net.Socket#getsockopt' },
    { name: 'an overload less: with length', ...net('Socket', 'getsockopt', remove, 1), found: 'net.Socket#getsockopt' },
    { name: 'an overload less: of a datagram socket', ...dgram('getsockopt', remove, 1), found: 'dgram.Socket#getsockopt' },
    { name: 'an overload less: keep-alive by name', ...net('Socket', 'setKeepAlive', remove), major: 20 },
    { name: 'an overload less: keep-alive by place', ...net('Socket', 'setKeepAlive', remove, 1), found: 'net.Socket#setKeepAlive', major: 20 },
    { name: 'an overload less: listen() with a backlog', ...net('Server', 'listen', remove) },
    { name: 'an overload less: listen() without a backlog', ...net('Server', 'listen', remove, 1) },
    { name: 'an option less', ...net('BoundSocketOptions', 'path', remove), found: 'net.BoundSocketOptions#path' },
    { name: 'an option less, of keep-alive', ...other('SetKeepAliveOptions', 'count', remove), found: 'net.SetKeepAliveOptions#count', major: 20 },
    { name: 'an option less, of sharing', ...net('BoundSocketOptions', 'shared', remove), found: 'net.BoundSocketOptions#shared' },
    { name: 'an option less, of a datagram socket', ...dgram('fd', remove, 0, 'BindSyncOptions'), found: 'dgram.BindSyncOptions#fd' },
    { name: 'a way of sharing less', ...net('BoundSocketOptions', 'shared', (member) => member.replace(' | "reuseport"', '')) },
    { name: 'any way of sharing', ...net('BoundSocketOptions', 'shared', (member) => member.replace('"reuseport"', 'string')) },
    { name: 'a method less, of sharing', ...net('BoundSocket', 'clone', remove), found: 'net.BoundSocket#clone' },
    { name: 'a transfer less, to a worker', ...threads('Worker', 'postMessage', remove), found: 'worker_threads.Worker#postMessage' },
    { name: 'a transfer less, of a list', ...threads('MessagePort', 'postMessage', remove) },
    { name: 'a transfer less, of options', ...threads('MessagePort', 'postMessage', remove, 1) },
    { name: 'a transfer less, to a thread', ...missing('postMessageToThread'), found: 'worker_threads.postMessageToThread' },
    { name: 'a transfer less, to a copy', ...missing('structuredClone'), found: 'globalThis.structuredClone' },
    { name: 'a transfer more', ...threads('Worker', 'postMessage', beside('send(value: any): void;')), found: 'worker_threads.Worker#send' },
    { name: 'a transfer of anything', file: 'threads.d.ts', text: replaced('threads.d.ts', '| BoundSocket | Socket>', '| object>') },
    { name: 'a sender less, a child', ...children('ChildProcess', 'send', remove, 'all'), found: 'child_process.ChildProcess#send' },
    { name: 'a sender less, a worker', ...children('Worker', 'send', remove, 'all'), found: 'cluster.Worker#send' },
    { name: 'a sender less, the process', ...children('Process', 'send', remove, 'all'), found: 'NodeJS.Process#send' },
    { name: 'an overload less: to a child, with a callback', ...children('ChildProcess', 'send', remove) },
    { name: 'an overload less: to a child, with options', ...children('ChildProcess', 'send', remove, 1) },
    { name: 'an overload less: to a child, the last one', ...children('ChildProcess', 'send', remove, 2) },
    { name: 'an overload less: to a worker, with a callback', ...children('Worker', 'send', remove, 1) },
    { name: 'an overload less: to a worker, with options', ...children('Worker', 'send', remove, 2) },
    { name: 'an overload less: to a worker, the last one', ...children('Worker', 'send', remove, 3) },
    { name: 'an overload less: to a parent, with a callback', ...children('Process', 'send', remove) },
    { name: 'an overload less: to a parent, with options', ...children('Process', 'send', remove, 1) },
    { name: 'an overload less: to a parent, the last one', ...children('Process', 'send', remove, 2) },
    { name: 'a sender more', ...children('Worker', 'send', beside('sendTo(message: any): boolean;')), found: 'cluster.Worker#sendTo' },
    {
      name: 'an overload more, of a sender',
      ...children('ChildProcess', 'send', beside('send(message: any, handle: any, options: any, callback: any, more: any): boolean;')),
      found: 'child_process.ChildProcess#send',
    },
    { name: 'an overload more, of a sender: anything', ...children('Worker', 'send', beside('send(message: any, handle: any): boolean;')) },
    { name: 'a handle that is anything', file: 'children.d.ts', text: replaced('children.d.ts', 'SendHandle | BoundSocket;', 'SendHandle | object;') },
    { name: 'a handle that is a bound socket alone', file: 'children.d.ts', text: replaced('children.d.ts', 'SendHandle | BoundSocket;', 'BoundSocket;') },
    { name: 'any keepOpen', file: 'children.d.ts', text: replaced('children.d.ts', 'options?: MessageOptions', 'options?: object') },
    { name: 'a parent that is always there', ...children('Process', 'send', (member) => member.replace('?(', '('), 'all') },
    ...['addListener', 'prependListener', 'prependOnceListener'].map((name) =>
      ({ name: `a listener less: ${name}()`, ...children('Process', name, remove), found: `NodeJS.Process#${name}` })),
    { name: 'a listener more', ...children('Process', 'addListener', beside('appendListener(listener: any): this;')), found: 'NodeJS.Process#appendListener' },
    { name: 'any listener', ...children('Process', 'addListener', (member) => member.replace('H extends SentHandle', 'H')) },
    { name: 'a handle less', ...net('ListenOptions', 'handle', remove), found: 'net.ListenOptions#handle', major: 20 },
    { name: 'a method more', ...dgram('bindSync', beside('unbindSync(): void;')), found: 'dgram.Socket#unbindSync' },
    { name: 'an accessor more', ...net('BoundSocket', 'isPipe', beside('readonly isBound: boolean;')), found: 'net.BoundSocket#isBound' },
    { name: 'an overload more', ...net('Socket', 'setsockopt', beside('setsockopt(level: number): this;')), found: 'net.Socket#setsockopt' },
    { name: 'a constant more', ...other('SocketConstants', 'SO_TYPE', beside('readonly SO_STYLE?: number;')), found: 'net.constants.SO_STYLE' },
    { name: 'an option more', ...net('BoundSocketOptions', 'path', beside('backlog?: number | undefined;')), found: 'net.BoundSocketOptions#backlog' },
    {
      name: 'an option more, of a client',
      file: 'clients.d.ts',
      text: changed('clients.d.ts', 'ConnectionOptions', 'handle', beside('bound?: boolean | undefined;')),
      found: 'tls.ConnectionOptions#bound',
    },
    { name: 'an export more', file: 'additions.d.ts', text: replaced('additions.d.ts', 'const constants:', 'const limits: number; export { limits }; const constants:'), found: 'net.limits' },
    { name: 'a constant required that Linux lacks', ...other('SocketConstants', 'TCP_NOPUSH', demand), found: 'net.constants.TCP_NOPUSH' },
    { name: 'a constant required that others lack', ...other('SocketConstants', 'TCP_CORK', demand), found: 'net.constants.TCP_CORK' },
    {
      name: 'a constant optional that none lacks',
      ...other('SocketConstants', 'SO_ERROR', (member) => member.replace(':', '?:')),
      found: 'net.constants.SO_ERROR',
    },
    { name: 'a constant that can be set', ...other('SocketConstants', 'SO_TYPE', unlock), found: 'net.constants.SO_TYPE' },
    { name: 'an accessor that can be set', ...net('BoundSocket', 'isPipe', unlock), found: 'net.BoundSocket#isPipe' },
    { name: 'a method for an accessor', ...net('BoundSocket', 'isPipe', () => 'isPipe(): boolean;'), found: 'net.BoundSocket#isPipe' },
    { name: 'an accessor for a method', ...other('BoundSocket', 'fd', () => 'readonly fd: number;'), found: 'net.BoundSocket#fd', major: 20 },
    {
      name: 'an argument more',
      ...dgram('bindSync', (member) => member.replace(')', ', exclusive?: boolean)')),
      found: 'dgram.Socket#bindSync',
    },
    {
      name: 'an argument that is not optional',
      ...dgram('connectSync', (member) => member.replace('address?', 'address')),
      found: 'dgram.Socket#connectSync',
      major: 20,
    },
    { name: 'another result', ...net('Server', 'getsockopt', (member) => member.replace('): number', '): string')) },
    { name: 'another value', file: 'additions.d.ts', text: replaced('additions.d.ts', 'number | boolean | string | NodeJS', 'number | bigint | boolean | string | NodeJS') },
    {
      name: 'two classes',
      file: 'additions.d.ts',
      text: replaced('additions.d.ts', 'BoundSocket as BoundHandle', 'Other as BoundHandle')
        .replace('const constants:', 'class Other extends BoundSocket {} const constants:'),
      found: 'net.BoundHandle',
    },
  ];
}
