// Programs that know nothing of these declarations. Compiled without them, and
// with them by each version of TypeScript; never run.
import { ChildProcess, type MessageOptions, type SendHandle, type Serializable } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import dgram from 'node:dgram';
import net from 'node:net';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
/** Compiles only if the two types are the same. */
declare function same<A, B>(...verdict: Same<A, B> extends true ? [] : [never]): void;

declare const child: ChildProcess;
declare const worker: Worker;
declare const socket: net.Socket;
declare const server: net.Server;
declare const datagram: dgram.Socket;
declare const sent: SendHandle;
declare const anything: any;
declare const callback: (error: Error | null) => void;

// Everything that can be sent is.
child.send('m');
child.send('m', callback);
child.send({ of: 'message' }, undefined, undefined, (error) => error?.message);
worker.send('m');
worker.send('m', (error) => error?.message);
process.send?.('m');
process.send!('m', (error) => error?.message);
cluster.worker?.send('m');
for (const handle of [socket, server, datagram, undefined, sent, anything]) {
  child.send('m', handle);
  child.send('m', handle, callback);
  child.send('m', handle, { keepOpen: true });
  child.send('m', handle, {}, callback);
  worker.send('m', handle);
  worker.send('m', handle, callback);
  worker.send('m', handle, { keepOpen: true });
  worker.send('m', handle, {}, callback);
  process.send?.('m', handle);
  process.send?.('m', handle, callback);
  process.send?.('m', handle, { keepOpen: true });
  process.send?.('m', handle, {}, callback);
}
same<ReturnType<typeof child.send>, boolean>();

// The parameters of a listener are inferred.
child.on('message', (message, handle) => {
  same<typeof message, Serializable>();
  same<typeof handle, SendHandle>();
  child.send(message, handle);
  worker.send(message, handle);
  process.send?.(message, handle);
  handle?.unref();
});
child.once('message', (message, handle) => {
  if (handle instanceof net.Socket) handle.end();
  else if (handle instanceof net.Server) handle.getConnections(() => {});
  else if (handle !== undefined) handle.setBroadcast(true);
});
child.addListener('message', (_, handle) => same<typeof handle, SendHandle>());
child.prependListener('message', (_, handle) => same<typeof handle, SendHandle>());
child.prependOnceListener('message', (_, handle) => same<typeof handle, SendHandle>());
worker.on('message', (message, handle) => {
  worker.send(message, handle);
  if (handle instanceof net.Socket) handle.end();
  else if (handle instanceof net.Server) handle.getConnections(() => {});
});
worker.once('message', (_, handle) => handle?.unref());
cluster.on('message', (from, message, handle) => {
  same<typeof from, Worker>();
  from.send(message, handle);
});
type ProcessMessage = Parameters<NodeJS.MessageListener>[0];
process.on('message', (message, handle) => {
  same<typeof message, ProcessMessage>();
  same<typeof handle, SendHandle>();
});
process.once('message', (_, handle) => same<typeof handle, SendHandle>());
process.addListener('message', (message, handle) => {
  same<typeof message, ProcessMessage>();
  same<typeof handle, SendHandle>();
});
process.prependListener('message', (message, handle) => {
  same<typeof message, ProcessMessage>();
  same<typeof handle, SendHandle>();
});
process.prependOnceListener('message', (message, handle) => {
  same<typeof message, ProcessMessage>();
  same<typeof handle, SendHandle>();
});
process.addListener('message', (...args) => same<typeof args[1], SendHandle>());
process.addListener('message', async (_, handle) => handle?.unref());
process.addListener('message', function(_, handle) {
  handle?.ref();
});

// They are declared.
declare const listener: NodeJS.MessageListener;
child.on('message', (message: string, handle: net.Socket) => handle.end(message));
child.on('message', (message: any, handle: any) => handle.end(message));
worker.on('message', (message: string, handle: net.Socket) => handle.end(message));
cluster.on('message', (from: Worker, message: string, handle: net.Server) => from.send(message, handle));
process.on('message', (message: string, handle: net.Socket) => handle.end(message));
process.on('message', listener);
process.addListener('message', (message: any, handle: any) => handle.end(message));
process.addListener('message', (message: unknown, handle: SendHandle) => child.send(String(message), handle));
process.addListener('message', (message: unknown, handle: unknown) => [message, handle]);
process.addListener('message', (...args: any[]) => args.pop());
process.addListener('message', (message: unknown) => message);
process.addListener('message', () => {});
process.addListener('message', listener);
process.addListener('message', anything);
process.prependListener('message', (message: unknown, handle?: SendHandle) => [message, handle]);
process.prependOnceListener('message', (message: any, handle: any) => [message, handle]);

// Other events are as they were.
process.addListener('exit', (code) => same<typeof code, number>());
process.prependListener('SIGTERM', (signal) => signal satisfies NodeJS.Signals);
process.prependOnceListener('warning', (warning) => same<typeof warning, Error>());
child.on('exit', (code) => same<typeof code, number | null>());
worker.on('exit', (code, signal) => [code.toFixed(), signal.length]);

// Types that are made of those methods, and classes with methods in their place.
declare const childArguments: Parameters<ChildProcess['send']>;
child.send(...childArguments);
childArguments[1] satisfies SendHandle;
declare const workerArguments: Parameters<Worker['send']>;
worker.send(...workerArguments);
workerArguments[1] satisfies SendHandle;
same<Parameters<NonNullable<NodeJS.Process['send']>>, [message: any, callback: (error: Error | null) => void]>();
class Recorder extends ChildProcess {
  override send(message: Serializable, callback?: (error: Error | null) => void): boolean;
  override send(message: Serializable, handle?: SendHandle, callback?: (error: Error | null) => void): boolean;
  override send(
    message: Serializable, handle?: SendHandle, options?: MessageOptions, callback?: (error: Error | null) => void,
  ): boolean;
  override send(...args: any[]): boolean {
    return args.length > 0;
  }
}
new Recorder() satisfies ChildProcess;
const bound: ChildProcess['send'] = child.send.bind(child);
const relay: (message: Serializable) => boolean = worker.send;
process.send = (message: any, handle?: any) => relay(message) && bound(message, handle);
delete process.send;
// The class is an export of its own, or a member of the default one, by its version.
type Made = typeof cluster extends { Worker: new () => infer Instance } ? Instance : Worker;
declare const made: Made;
made satisfies Worker;
