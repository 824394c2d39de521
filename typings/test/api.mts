// What the declarations say of every overload, and what they refuse. Compiled
// beside each major of @types/node by each version of TypeScript; never run.
import { ChildProcess, type SendHandle, type Serializable } from 'node:child_process';
import cluster, { type Worker as ClusterWorker } from 'node:cluster';
import dgram from 'node:dgram';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { MessageChannel, MessagePort, postMessageToThread, Worker } from 'node:worker_threads';
import type { BoundSocketErrorCode, DatagramSyncErrorCode, SocketOptionErrorCode } from '@bindery/types';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
/** Compiles only if the two types are the same. */
declare function same<A, B>(...verdict: Same<A, B> extends true ? [] : [never]): void;

declare const bound: net.BoundSocket;
declare const socket: net.Socket;
declare const server: net.Server;
declare const datagram: dgram.Socket;
declare const { SOL_SOCKET, SO_RCVBUF, TCP_CORK }: typeof net.constants;

// One class, two names.
same<typeof net.BoundHandle, typeof net.BoundSocket>();
same<net.BoundHandle, net.BoundSocket>();
new net.BoundHandle() satisfies net.BoundSocket;
new net.BoundSocket() satisfies net.BoundHandle;
class Derived extends net.BoundHandle {}
new Derived() satisfies net.BoundSocket;

// Its constructor.
new net.BoundSocket({});
new net.BoundSocket({ host: '::', port: 0, ipv6Only: true, reusePort: false });
new net.BoundSocket({ path: '\0abstract' });
new net.BoundSocket({ port: 80, exclusive: true, shared: true });
new net.BoundSocket({ port: 80, exclusive: false, shared: 'reuseport' });
new net.BoundSocket({ fd: 3 });
// @ts-expect-error: there is no other way of sharing
new net.BoundSocket({ shared: 'reusePort' });
// @ts-expect-error: it is exclusive or not
new net.BoundSocket({ exclusive: 1 });
// @ts-expect-error: a descriptor is a number
new net.BoundSocket({ fd: '3' });
// @ts-expect-error: a port is a number
new net.BoundSocket({ port: '80' });
// @ts-expect-error: there is no such option
new net.BoundSocket({ backlog: 1 });
// @ts-expect-error: a path alone is not an object of options
new net.BoundSocket('/run/socket');
// @ts-expect-error: there is one argument
new net.BoundSocket({}, 1);
// @ts-expect-error: a class is not called
net.BoundSocket();

// Its members.
const address = bound.address();
same<typeof address, net.AddressInfo | string>();
same<typeof bound.isPipe, boolean>();
// @ts-expect-error: it cannot be set
bound.isPipe = true;
const fd = bound.fd();
same<typeof fd, number>();
const closed = bound.close();
same<typeof closed, void>();
const disposed = bound[Symbol.dispose]();
same<typeof disposed, void>();
const clone = bound.clone();
same<typeof clone, net.BoundSocket>();
// @ts-expect-error: it takes nothing
bound.clone({});
// @ts-expect-error: it takes nothing
bound.close(() => {});
// @ts-expect-error: a pipe has an address without a port
bound.address().port;

// getsockopt(), setsockopt() of every class.
const read = [
  bound.getsockopt(SOL_SOCKET, SO_RCVBUF),
  socket.getsockopt(SOL_SOCKET, SO_RCVBUF),
  server.getsockopt(SOL_SOCKET, SO_RCVBUF),
  datagram.getsockopt(SOL_SOCKET, SO_RCVBUF),
] as const;
same<typeof read, readonly [number, number, number, number]>();
const bytes = [
  bound.getsockopt(SOL_SOCKET, SO_RCVBUF, 4),
  socket.getsockopt(SOL_SOCKET, SO_RCVBUF, 4),
  server.getsockopt(SOL_SOCKET, SO_RCVBUF, 4),
  datagram.getsockopt(SOL_SOCKET, SO_RCVBUF, 4),
] as const;
same<typeof bytes, readonly [Buffer, Buffer, Buffer, Buffer]>();
const set = [
  bound.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096),
  socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096),
  server.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096),
  datagram.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096),
] as const;
same<typeof set, readonly [net.BoundSocket, net.Socket, net.Server, dgram.Socket]>();
same<ReturnType<tls.TLSSocket['setsockopt']>, tls.TLSSocket>();
same<net.SocketOptionValue, number | boolean | string | NodeJS.ArrayBufferView>();

for (const any of [bound, socket, server, datagram]) {
  any.setsockopt(SOL_SOCKET, SO_RCVBUF, true);
  any.setsockopt(SOL_SOCKET, SO_RCVBUF, 'reno');
  any.setsockopt(SOL_SOCKET, SO_RCVBUF, Buffer.alloc(4));
  any.setsockopt(SOL_SOCKET, SO_RCVBUF, new Int32Array([1, 0]));
  any.setsockopt(SOL_SOCKET, SO_RCVBUF, new DataView(new ArrayBuffer(4)));
  // @ts-expect-error: an array is not a value
  any.setsockopt(SOL_SOCKET, SO_RCVBUF, [1, 0]);
  // @ts-expect-error: a bigint is not a value
  any.setsockopt(SOL_SOCKET, SO_RCVBUF, 1n);
  // @ts-expect-error: nor is a buffer without a view
  any.setsockopt(SOL_SOCKET, SO_RCVBUF, new ArrayBuffer(4));
  // @ts-expect-error: the value is missing
  any.setsockopt(SOL_SOCKET, SO_RCVBUF);
  // @ts-expect-error: a name may be missing from the platform
  any.setsockopt(SOL_SOCKET, TCP_CORK, true);
  // @ts-expect-error: a name is a number
  any.getsockopt(SOL_SOCKET, 'SO_RCVBUF');
  // @ts-expect-error: the name is missing
  any.getsockopt(SOL_SOCKET);
  // @ts-expect-error: a length is a number
  any.getsockopt(SOL_SOCKET, SO_RCVBUF, true);
  // @ts-expect-error: there is no fourth argument
  any.getsockopt(SOL_SOCKET, SO_RCVBUF, 4, 0);
}

// The constants.
same<typeof net.constants, net.SocketConstants>();
same<typeof net.constants.SO_RCVBUF, number>();
same<typeof net.constants.TCP_CORK, number | undefined>();
// @ts-expect-error: they cannot be set
net.constants.SO_RCVBUF = 1;
// @ts-expect-error: nor can those that a platform may lack
net.constants.TCP_CORK = 1;
// @ts-expect-error: there is no such constant
net.constants.SO_NONSENSE;
// @ts-expect-error: what is missing is absent, not undefined
const unset: net.SocketConstants = { ...net.constants, TCP_CORK: undefined };

// The structs.
same<typeof net.structs, net.SocketStructs>();
const { linger, ip_mreq, ip_mreqn, ipv6_mreq, timeval } = net.structs;
same<ReturnType<typeof linger.encode>, Buffer>();
same<ReturnType<typeof linger.decode>, { onoff: boolean; linger: number }>();
same<typeof linger.size, number>();
socket.setsockopt(SOL_SOCKET, SO_RCVBUF, linger.encode({ onoff: true, linger: 5 }));
linger.decode(socket.getsockopt(SOL_SOCKET, SO_RCVBUF, linger.size)) satisfies net.LingerFields;
linger.decode(new DataView(new ArrayBuffer(8)));
timeval?.encode({ sec: 1, usec: 0 });
ip_mreq.encode({ multiaddr: '224.0.0.1', interface: '0.0.0.0' });
ip_mreqn?.encode({ multiaddr: '224.0.0.1', address: '0.0.0.0', ifindex: 1 });
ipv6_mreq.encode({ multiaddr: 'ff02::1', interface: 1 });
({ timeval, ip_mreqn }) satisfies {
  timeval: net.SocketStruct<net.TimevalFields> | undefined;
  ip_mreqn: net.SocketStruct<net.IpMreqnFields> | undefined;
};
({ ip_mreq, ipv6_mreq }) satisfies {
  ip_mreq: net.SocketStruct<net.IpMreqFields>;
  ipv6_mreq: net.SocketStruct<net.Ipv6MreqFields>;
};
// @ts-expect-error: a flag is a boolean
linger.encode({ onoff: 1, linger: 5 });
// @ts-expect-error: a field is missing
linger.encode({ onoff: true });
// @ts-expect-error: there is no such field
linger.encode({ onoff: true, linger: 5, l_linger: 5 });
// @ts-expect-error: the interface of IPv4 is an address
ip_mreq.encode({ multiaddr: '224.0.0.1', interface: 1 });
// @ts-expect-error: that of IPv6 is an index
ipv6_mreq.encode({ multiaddr: 'ff02::1', interface: '::1' });
// @ts-expect-error: bytes are not a buffer without a view
linger.decode(new ArrayBuffer(8));
// @ts-expect-error: a platform may lack it
timeval.size;
// @ts-expect-error: or that
ip_mreqn.size;
// @ts-expect-error: a size cannot be set
linger.size = 4;
// @ts-expect-error: nor can a struct
net.structs.linger = linger;
// @ts-expect-error: there is no such struct
net.structs.group_req;

// setKeepAlive().
same<ReturnType<typeof socket.setKeepAlive>, net.Socket>();
socket.setKeepAlive().setKeepAlive(true, 1000, 1000, 3).setKeepAlive({});
socket.setKeepAlive({ enable: true, initialDelay: 1000, interval: 1000, count: 3 });
// @ts-expect-error: a count is a number
socket.setKeepAlive(true, 1000, 1000, '3');
// @ts-expect-error: there is no such value
socket.setKeepAlive({ enable: true, retries: 3 });
// @ts-expect-error: there are four values
socket.setKeepAlive(true, 1000, 1000, 3, 4);
{
  const probes = { keepAliveInterval: 1000, keepAliveCount: 3 };
  const absent = { keepAliveInterval: null, keepAliveCount: undefined };
  for (const options of [probes, absent]) {
    new net.Socket(options);
    net.connect({ port: 80, ...options });
    socket.connect({ port: 80, ...options });
    net.createServer(options);
    http.createServer(options);
    https.createServer(options);
    tls.createServer(options);
    tls.connect({ port: 443, ...options });
    new http.Agent({ keepAlive: true, ...options });
    new https.Agent({ keepAlive: true, ...options });
  }
  // @ts-expect-error: a count is a number
  new http.Agent({ keepAliveCount: '3' });
  // @ts-expect-error: as is an interval
  net.createServer({ keepAliveInterval: true });
  const request = http.get('http://localhost');
  request.setSocketKeepAlive(true, 1000, 1000, 3);
  request.setSocketKeepAlive({ enable: true, count: 3 });
}

// Datagram sockets.
const own = datagram.bindSync();
same<typeof own, net.AddressInfo>();
datagram.bindSync({ port: 0, address: '127.0.0.1' });
const connected = datagram.connectSync(53);
same<typeof connected, void>();
datagram.connectSync(53, '127.0.0.1');
// @ts-expect-error: the port is not an option by itself
datagram.bindSync(53);
datagram.bindSync({ exclusive: true });
datagram.bindSync({ fd: 3 });
// @ts-expect-error: it cannot be shared
datagram.bindSync({ shared: true });
// @ts-expect-error: a descriptor is a number
datagram.bindSync({ fd: '3' });
// @ts-expect-error: there is no callback
datagram.bindSync({}, () => {});
// @ts-expect-error: the port is missing
datagram.connectSync();
// @ts-expect-error: there is no callback
datagram.connectSync(53, '127.0.0.1', () => {});

// Who adopts a bound socket.
server.listen(bound).listen(bound, () => {}).listen(bound, 511).listen(bound, 511, () => {});
server.listen({ handle: bound, backlog: 511 }, () => {});
({ handle: bound }) satisfies net.ListenOptions;
// Other overloads take `any`, so those for a bound socket are looked for by their types.
type LastTwo<T> = T extends { (...args: infer A): unknown; (...args: infer B): unknown } ? [A, B] : never;
same<LastTwo<typeof server.listen>, [
  Parameters<(handle: net.BoundSocket, backlog?: number, listeningListener?: () => void) => void>,
  Parameters<(handle: net.BoundSocket, listeningListener?: () => void) => void>,
]>();
http.createServer().listen(bound);
https.createServer().listen({ handle: bound });
tls.createServer().listen(bound);
new net.Socket({ handle: bound }).connect(80);
net.connect({ handle: bound, port: 80 });
net.createConnection({ handle: bound, path: '/run/socket' });
tls.connect({ handle: bound, port: 443 });
http.request({ handle: bound, port: 80, agent: false });
https.request({ handle: bound, port: 443, agent: false });
http2.connect('http://localhost', { handle: bound });
http2.connect('https://localhost', { handle: bound });

const bind = () => new net.BoundSocket();
new net.Socket().connect({ handle: bind, port: 80 });
net.connect({ handle: bind, port: 80 });
net.createConnection({ handle: bind, path: '/run/socket' }, () => {});
tls.connect({ handle: bind, port: 443 });
http.request({ handle: bind, port: 80 });
https.request({ handle: bind, port: 443 });
http2.connect('https://localhost', { handle: bind });
new http.Agent({ handle: bind });
new https.Agent({ handle: bind });
// @ts-expect-error: the function returns a bound socket
net.connect({ handle: () => server, port: 80 });
// @ts-expect-error: a descriptor is not a bound socket
({ handle: 3 }) satisfies net.ListenOptions;
// @ts-expect-error: nor is a server
new net.Socket({ handle: server });
// @ts-expect-error: nor is another object
net.connect({ handle: {}, port: 80 });
// @ts-expect-error: nor is the class
http.request({ handle: net.BoundSocket });
// @ts-expect-error: nor is a path
https.request({ handle: '/run/socket' });
// @ts-expect-error: nor is a socket
tls.connect({ handle: socket, port: 443 });
// @ts-expect-error: nor is true
http2.connect('http://localhost', { handle: true });
// @ts-expect-error: a server adopts when it listens, not before
net.createServer({ handle: bound });

// Transfer to another thread, alone and beside what can be transferred anyway.
declare const worker: Worker;
declare const port: MessagePort;
const { port1 } = new MessageChannel();
const buffer = new ArrayBuffer(4);
for (const any of [worker, port, port1]) {
  any.postMessage(bound, [bound]);
  any.postMessage({ bound, port1 }, [bound, port1, buffer]);
  any.postMessage(bound, [bound] as const);
  any.postMessage(buffer, [buffer]);
  any.postMessage(datagram, [datagram]);
  // @ts-expect-error: nor can the class
  any.postMessage(bound, [net.BoundSocket]);
  // @ts-expect-error: a list is not an item
  any.postMessage(bound, bound);
}
port.postMessage(bound, { transfer: [bound] });
port.postMessage(datagram, { transfer: [datagram] });
const posted = postMessageToThread(1, bound, [bound]);
same<typeof posted, Promise<void>>();
postMessageToThread(1, bound, [bound, buffer], 1000);
postMessageToThread(1, datagram, [datagram]);
const copy = structuredClone(bound, { transfer: [bound] });
same<typeof copy, net.BoundSocket>();
structuredClone({ bound, buffer }, { transfer: [bound, buffer] }).bound.close();
structuredClone(datagram, { transfer: [datagram] });

// Sending to another process, with every argument that may follow, and without.
declare const child: ChildProcess;
declare const member: ClusterWorker;
declare const written: (error: Error | null) => void;
type Send = NonNullable<typeof process.send>;
// A call of these compiles if each of them takes it, ...
declare const each: ChildProcess['send'] | ClusterWorker['send'] | Send;
const sent = each('m', bound);
same<typeof sent, boolean>();
each({ of: 'message' }, bound, written);
each('m', bound, (error) => error?.message);
each('m', bound, { keepOpen: false });
each('m', bound, {}, written);
each('m', bound, undefined, (error) => error?.message);
// ... and of these, if any of them does.
declare const any: ChildProcess['send'] & ClusterWorker['send'] & Send;
// @ts-expect-error: it is kept open or not
any('m', bound, { keepOpen: 'no' });
// @ts-expect-error: nor is it null
any('m', bound, { keepOpen: null });
// @ts-expect-error: there is no such option
any('m', bound, { keepopen: false });
// @ts-expect-error: options are an object
any('m', bound, false);
// @ts-expect-error: the class is not a handle
any('m', net.BoundSocket);
// @ts-expect-error: nor is a descriptor
any('m', 3);
// @ts-expect-error: nor is null
any('m', null);
// @ts-expect-error: nor is what bound sockets are made of
any('m', { host: '127.0.0.1' });
// @ts-expect-error: there is one handle
any('m', [bound]);
// @ts-expect-error: a callback is called with an error, not with a handle
any('m', bound, (handle: net.BoundSocket) => handle);
// @ts-expect-error: nothing follows a callback
any('m', bound, written, {});
// @ts-expect-error: there is no fifth argument
any('m', bound, {}, written, 1);
// @ts-expect-error: without a parent there is nobody to send it to
process.send('m', bound);
cluster.worker?.send('m', bound, { keepOpen: false });
for (const other of Object.values(cluster.workers ?? {})) other?.send('m', bound);

// Receiving from another process: whatever declares what it takes is a listener.
type Handle = SendHandle | net.BoundSocket;
const onAny = (message: unknown, handle: Handle) => {
  if (handle instanceof net.BoundSocket) {
    same<typeof handle, net.BoundSocket>();
    handle.close();
  } else {
    same<typeof handle, SendHandle>();
  }
  // What was received can be sent on.
  child.send(String(message), handle);
  member.send(String(message), handle, written);
  process.send?.(message, handle, { keepOpen: false });
};
const onBound = (message: unknown, handle: net.BoundSocket) => [message, handle.fd()];
const onMaybe = (message: unknown, handle?: net.BoundHandle) => [message, handle?.fd()];
for (const on of [onAny, onBound, onMaybe]) {
  child.on('message', on).once('message', on).off('message', on);
  child.addListener('message', on).prependListener('message', on).prependOnceListener('message', on);
  member.on('message', on).once('message', on).off('message', on);
  member.addListener('message', on).prependListener('message', on).prependOnceListener('message', on);
  process.on('message', on).once('message', on).off('message', on);
}
for (const on of [onAny, onMaybe]) {
  process.addListener('message', on).prependListener('message', on).prependOnceListener('message', on);
}
process.addListener('message', onBound).prependListener('message', onBound).prependOnceListener('message', onBound);
process.addListener('message', async (message, handle: net.BoundSocket) => [message, handle.fd()]);
process.addListener<net.BoundSocket>('message', (_, handle) => same<typeof handle, net.BoundSocket>());
process.prependListener<net.BoundSocket>('message', (_, handle) => same<typeof handle, net.BoundSocket>());
process.prependOnceListener<net.BoundSocket>('message', (_, handle) => same<typeof handle, net.BoundSocket>());
// @ts-expect-error: a number cannot be sent
process.addListener<number>('message', () => {});
// @ts-expect-error: nor can a path
process.prependListener<string>('message', () => {});
// @ts-expect-error: nor can the class
process.prependOnceListener<typeof net.BoundSocket>('message', () => {});
// Without that, it is one of several kinds.
child.on('message', (_, handle) => handle instanceof net.BoundSocket && handle.fd());
member.on('message', (_, handle) => handle instanceof net.BoundSocket && handle.clone().close());
process.on('message', (_, handle) => handle instanceof net.BoundSocket && server.listen(handle));
cluster.on('message', (from: ClusterWorker, message: Serializable, handle: net.BoundSocket) => from.send(message, handle));

// Options before bind(2) and connect(2), for all that makes a socket.
const early = [
  [SOL_SOCKET, 1, 1],
  [SOL_SOCKET, 2, true],
  [SOL_SOCKET, 25, 'lo'],
  [SOL_SOCKET, 13, new Uint8Array(8)],
] satisfies net.SocketOption[];
const socketOptions: readonly net.SocketOption[] = early;
new net.BoundSocket({ socketOptions });
new net.BoundHandle({ path: '/run/socket', socketOptions: [[1, 2, 3]] });
net.connect({ port: 80, socketOptions });
net.connect({ path: '/run/socket', socketOptions });
socket.connect({ port: 80, socketOptions });
server.listen({ port: 80, socketOptions });
dgram.createSocket({ type: 'udp4', socketOptions });
http.request({ port: 80, socketOptions });
https.request({ port: 443, socketOptions });
new http.Agent({ socketOptions });
tls.connect({ port: 443, socketOptions });
// @ts-expect-error: a list of lists
net.connect({ port: 80, socketOptions: [1, 2, 3] });
// @ts-expect-error: a value is missing
new net.BoundSocket({ socketOptions: [[1, 2]] });
// @ts-expect-error: a name is a number
({ socketOptions: [[1, 'SO_RCVBUF', 3]] }) satisfies net.ListenOptions;
// @ts-expect-error: a value is no object
dgram.createSocket({ type: 'udp4', socketOptions: [[1, 2, {}]] });
dgram.createSocket({ type: 'udp4', receiveInfo: true });
dgram.createSocket({ type: 'udp4', receiveInfo: ['ttl', 'errors'] as const });
dgram.createSocket({ type: 'udp4', receiveInfo: null });
// @ts-expect-error: the system says no such thing
dgram.createSocket({ type: 'udp4', receiveInfo: ['hops'] });
// @ts-expect-error: a list or a boolean
datagram.setReceiveInfo('ttl');
same<dgram.Socket, ReturnType<typeof datagram.setReceiveInfo>>();
datagram.on('message', (message, rinfo) => {
  same<typeof rinfo.timestamp, bigint | undefined>();
  same<typeof rinfo.localAddress, string | undefined>();
});
datagram.once('messageError', (error) => {
  same<typeof error, dgram.MessageError>();
  same<typeof error.mtu, number | undefined>();
});
datagram.send('x', { port: 1, localAddress: '127.0.0.1', tos: 1, dontFragment: true }, (error, bytes) => {
  same<typeof bytes, number>();
});
datagram.sendMany([{ msg: 'x', port: 1 }, { msg: [Buffer.alloc(1)], ttl: 3 }], (error, count) => {
  same<typeof error, Error | null>();
  same<typeof count, number>();
});
same<number, ReturnType<typeof datagram.sendSync>>();
datagram.sendSync('x');
// @ts-expect-error: a message is missing
datagram.sendMany([{ port: 1 }]);
// @ts-expect-error: a number
datagram.send('x', { port: 1, ttl: '3' });
same<number, ReturnType<typeof datagram.getMtu>>();
same<dgram.Socket, ReturnType<typeof datagram.clone>>();
same<number, ReturnType<typeof datagram.fd>>();
same<dgram.Socket, ReturnType<typeof datagram.setDontFragment>>();
net.createServer({ acceptedSocketOptions: socketOptions })
  .on('drop', (data) => same<typeof data, net.DropArgument | undefined>());
http.createServer({ acceptedSocketOptions: socketOptions });
https.createServer({ acceptedSocketOptions: socketOptions });
tls.createServer({ acceptedSocketOptions: socketOptions });
http2.createServer({ acceptedSocketOptions: socketOptions });
http2.createSecureServer({ acceptedSocketOptions: socketOptions });
new net.Socket({ socketOptions });
// Null is absent everywhere.
new net.BoundSocket({ path: null, exclusive: null, shared: null, fd: null, socketOptions: null });
new net.Socket({ socketOptions: null }).connect({ handle: null, port: 80, socketOptions: null });
net.connect({ handle: null, port: 80, socketOptions: null });
net.createServer({ acceptedSocketOptions: null }).listen({ port: 0, socketOptions: null });
http.createServer({ acceptedSocketOptions: null });
http2.createServer({ acceptedSocketOptions: null });
http2.connect('http://localhost', { handle: null });
http.request({ handle: null, socketOptions: null });
tls.connect({ handle: null, port: 443, socketOptions: null });
new http.Agent({ handle: null, socketOptions: null });
dgram.createSocket({ type: 'udp4', socketOptions: null }).bindSync({ exclusive: null, fd: null });
// @ts-expect-error: servers take them under another name
net.createServer({ socketOptions });
declare const dropped: net.DropArgument;
same<typeof dropped.error, net.SocketOptionError | undefined>();
declare const refused: net.SocketOptionError;
same<typeof refused.index, number | undefined>();
same<typeof refused.level, number>();

// Error codes.
'ERR_SOCKET_HANDLE_SHARED' satisfies SocketOptionErrorCode;
'ERR_SOCKET_HANDLE_ADOPTED' satisfies BoundSocketErrorCode;
'ERR_SOCKET_DGRAM_IS_CONNECTED' satisfies DatagramSyncErrorCode;
// @ts-expect-error: there is no such code
'ERR_SOCKET_NONSENSE' satisfies SocketOptionErrorCode;
