// Run by a line's binary. Prints what its API has at run time, for comparison with the
// declarations in typings/. See runtime.ts.
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { MessageChannel, postMessageToThread, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { sending } from './sending.js';

/** The name of a key, or undefined for symbols that only the internals have. */
function nameOf(key) {
  if (typeof key === 'string') return key;
  const known = Reflect.ownKeys(Symbol).find((name) => Symbol[name] === key);
  return known === undefined ? undefined : `Symbol.${known}`;
}

function describe(key, { value, get, set }) {
  const name = nameOf(key);
  if (name === undefined) return [];
  if (get !== undefined || set !== undefined) return [{ name, kind: 'accessor', writable: set !== undefined }];
  if (typeof value !== 'function') return [{ name, kind: 'value' }];
  return [{ name, kind: 'method', length: value.length, source: Function.prototype.toString.call(value) }];
}

const own = (object) => Reflect.ownKeys(object)
  .flatMap((key) => describe(key, Object.getOwnPropertyDescriptor(object, key)));
const members = ({ prototype }) => own(prototype);
/** The fields of one of net's structs. */
const fields = ({ decode, size }) => own(decode(new Uint8Array(size)));

/** An object that records which of its properties are read. All but some are undefined. */
function noting(names, values) {
  return new Proxy({}, {
    get(_, key) {
      if (typeof key === 'string') names.add(key);
      return values[key];
    },
  });
}

/** The names of the options that a call reads. */
function optionsOf(call, values = {}) {
  const names = new Set();
  call(noting(names, values));
  return [...names].sort();
}

const datagram = () => dgram.createSocket('udp4');

/** Uses a datagram socket that is connected to where nobody needs to be. */
function connected(use) {
  const socket = datagram();
  socket.connectSync(9, '127.0.0.1');
  use(socket);
  socket.close();
}

const options = {
  BoundSocketOptions: optionsOf((given) => new net.BoundSocket(given).close()),
  SetKeepAliveOptions: optionsOf((given) => new net.Socket().setKeepAlive(given)),
  BindSyncOptions: optionsOf((given) => {
    const socket = datagram();
    // An IPv4 socket, so that no address but the default is resolved.
    socket.bindSync(given);
    socket.close();
  }),
  MessageOptions: optionsOf((given) => connected((socket) => socket.sendSync('message', given))),
  BatchMessage: optionsOf((given) => connected((socket) => socket.sendMany([given], () => {})), { msg: 'message' }),
};

/**
 * Whether an option adopts a bound socket: it then rejects one that is already closed. If
 * the option is ignored, the call goes on to connect.
 */
function adopts(use) {
  return new Promise((resolve) => {
    const handle = new net.BoundSocket({ host: '127.0.0.1' });
    const { port } = handle.address();
    handle.close();
    const verdict = (error) => resolve(error.code === 'ERR_SOCKET_HANDLE_ADOPTED');
    try {
      use(handle, port).on('error', verdict);
    } catch (error) {
      verdict(error);
    }
  });
}

const host = '127.0.0.1';
const uses = {
  'net.ListenOptions': (handle) => {
    const server = net.createServer();
    // If the option is ignored, the server listens on another port.
    return server.listen({ handle, host }, () => server.close(() => server.emit('error', new Error('listened'))));
  },
  'net.SocketConstructorOpts': (handle, port) => new net.Socket({ handle }).connect(port, host),
  'net.TcpSocketConnectOpts': (handle, port) => new net.Socket().connect({ handle, port, host }),
  'net.IpcSocketConnectOpts': (handle) => new net.Socket().connect({ handle, path: 'nowhere' }),
  'net.TcpNetConnectOpts': (handle, port) => net.connect({ handle, port, host }),
  'net.IpcNetConnectOpts': (handle) => net.connect({ handle, path: 'nowhere' }),
  'http.ClientRequestArgs': (handle, port) => http.request({ handle, port, host, agent: false }),
  'http2.ClientSessionOptions': (handle, port) => http2.connect(`http://${host}:${port}`, { handle }),
  'tls.ConnectionOptions': (handle, port) => tls.connect({ handle, port, host }),
};
const adopting = [];
for (const [name, use] of Object.entries(uses)) {
  if (await adopts(use)) adopting.push(name);
}

/** The calls that accept a list of socket options, or a number, and therefore reject text. */
const takers = {
  'net.SocketConstructorOpts#socketOptions': (given) => new net.Socket(given),
  'net.TcpSocketConnectOpts#socketOptions': (given) => net.connect({ host, port: 9, ...given }),
  'net.IpcSocketConnectOpts#socketOptions': (given) => net.connect({ path: 'nowhere', ...given }),
  'net.ListenOptions#socketOptions': (given) => net.createServer().listen({ host, ...given }),
  'net.ServerOpts#acceptedSocketOptions': (given) => net.createServer(given),
  'dgram.SocketOptions#receiveInfo': (given) => dgram.createSocket({ type: 'udp4', ...given }),
  'dgram.SocketOptions#socketOptions': (given) => dgram.createSocket({ type: 'udp4', ...given }),
  'http.ClientRequestArgs#socketOptions': (given) => http.request({ host, ...given }),
  'http.ServerOptions#acceptedSocketOptions': (given) => http.createServer(given),
  'http2.ServerSessionOptions#acceptedSocketOptions': (given) => http2.createServer(given),
  'tls.ConnectionOptions#socketOptions': (given) => tls.connect({ host, port: 9, ...given }),
  'http.ClientRequest#setSocketKeepAlive': (given) => {
    const request = http.request({ host, port: 9 }).on('error', () => {});
    return request.setSocketKeepAlive(true, 1000, given.setSocketKeepAlive);
  },
};
const probing = {
  'net.KeepAliveProbeOptions': (given) => net.createServer(given),
  'http.ServerOptions': (given) => http.createServer(given),
  'http.AgentOptions': (given) => new http.Agent(given),
  'tls.ConnectionOptions': (given) => tls.connect({ host, port: 9, ...given }),
};
for (const [name, use] of Object.entries(probing)) {
  takers[`${name}#keepAliveInterval`] = use;
  takers[`${name}#keepAliveCount`] = use;
}

function takes(name, use) {
  try {
    use({ [name.split('#')[1]]: 'text' }).on('error', () => {});
    return false;
  } catch (error) {
    return error.code === 'ERR_INVALID_ARG_TYPE';
  }
}

/** What the server reports about a connection on which an option could not be set. */
function dropped() {
  return new Promise((resolve) => {
    const server = net.createServer({ acceptedSocketOptions: [[net.constants.IPPROTO_TCP, 9999, 1]] });
    server.on('drop', (data) => {
      server.close();
      resolve(data);
    });
    server.listen(0, host, () => net.connect(server.address().port, host).on('error', () => {}).resume());
  });
}
const drop = await dropped();

/** What a listener gets with a message, and with an error of one. */
async function informed() {
  const receiveInfo = ['localAddress', 'interfaceIndex', 'ttl', 'tos', 'timestamp', 'segmentSize', 'dropped', 'truncated', 'errors'];
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo });
  const { port } = socket.bindSync({ address: host });
  socket.send('message', port, host);
  const [, info] = await once(socket, 'message');
  const free = datagram();
  const { port: nobody } = free.bindSync({ address: host });
  await once(free.close(), 'close');
  socket.send('message', nobody, host);
  const [error] = await once(socket, 'messageError');
  socket.close();
  return { info, error };
}
const { info, error: messageError } = await informed();

const RECEIVER = `
  const net = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const receive = (value) => {
    parentPort.postMessage(value instanceof net.BoundSocket);
    process.exit();
  };
  parentPort.once('message', receive);
  process.once('workerMessage', receive);
  parentPort.postMessage('ready');
`;

/** Whether a thread receives a bound socket that is sent with a call. */
function arrives(send) {
  return new Promise((resolve) => {
    const worker = new Worker(RECEIVER, { eval: true });
    const refuse = async () => {
      await worker.terminate();
      resolve(false);
    };
    worker.once('error', refuse).once('messageerror', refuse).once('message', async () => {
      worker.once('message', resolve);
      try {
        const bound = new net.BoundSocket({ host });
        await send(worker, bound);
      } catch {
        await refuse();
      }
    });
  });
}

/** Whether a call in this thread returns a different bound socket for one. */
function moves(send) {
  const bound = new net.BoundSocket({ host });
  try {
    const received = send(bound);
    received.close();
    return received !== bound && received instanceof net.BoundSocket;
  } catch {
    return false;
  }
}

const transfers = {
  'worker_threads.MessagePort#postMessage': () => moves((bound) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(bound, [bound]);
    const { message } = receiveMessageOnPort(port2);
    port1.postMessage(message, { transfer: [message] });
    return receiveMessageOnPort(port2).message;
  }),
  'worker_threads.Worker#postMessage': () => arrives((worker, bound) => worker.postMessage(bound, [bound])),
  'worker_threads.postMessageToThread': () =>
    arrives((worker, bound) => postMessageToThread(worker.threadId, bound, [bound])),
  'globalThis.structuredClone': () => moves((bound) => structuredClone(bound, { transfer: [bound] })),
};
const transferring = [];
for (const [name, works] of Object.entries(transfers)) {
  if (await works()) transferring.push(name);
}

console.log(JSON.stringify({
  exports: { net: Object.keys(net), dgram: Object.keys(dgram) },
  oneClass: net.BoundHandle === net.BoundSocket,
  classes: {
    'net.BoundSocket': [
      ...members(net.BoundSocket).filter(({ name }) => name !== 'constructor'),
      // The source of a class includes more than its constructor.
      { name: 'constructor', kind: 'method', length: net.BoundSocket.length, source: `${net.BoundSocket}` },
    ],
    'net.Socket': members(net.Socket),
    'net.Server': members(net.Server),
    'dgram.Socket': members(dgram.Socket),
    'dgram.RemoteInfo': own(info),
    'dgram.MessageError': own(messageError),
    // The event was emitted, or nobody would get here.
    'dgram.SocketEventMap': [{ name: 'messageError', kind: 'value' }],
    'net.SocketStructs': own(net.structs),
    'net.SocketStruct': own(net.structs.linger),
    'net.LingerFields': fields(net.structs.linger),
    'net.TimevalFields': fields(net.structs.timeval),
    'net.IpMreqFields': fields(net.structs.ip_mreq),
    'net.IpMreqnFields': fields(net.structs.ip_mreqn),
    'net.Ipv6MreqFields': fields(net.structs.ipv6_mreq),
    'net.DropArgument': own(drop),
    'net.SocketOptionError': own(drop.error),
  },
  constants: {
    names: Object.keys(net.constants),
    frozen: Object.isFrozen(net.constants),
    integers: Object.values(net.constants).every(Number.isInteger),
  },
  options,
  adopting,
  taking: Object.entries(takers).filter(([name, use]) => takes(name, use)).map(([name]) => name),
  transferring,
  sending: await sending(),
}));
