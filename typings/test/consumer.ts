// A program of somebody who installed the package, compiled in every kind of
// project and run.
import dgram from 'node:dgram';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo, type BoundSocketOptions, type SocketOption } from 'node:net';
import type { SocketOptionErrorCode } from '@bindery/types';

const { IPPROTO_TCP, SOL_SOCKET, SO_RCVBUF, TCP_CORK, TCP_NODELAY, TCP_USER_TIMEOUT } = net.constants;
const host = '127.0.0.1';

const wrong: string[] = [];

function expect(value: boolean, what: string): void {
  if (!value) wrong.push(what);
}

const bound = new net.BoundHandle({ host });
const size: number = bound.setsockopt(SOL_SOCKET, SO_RCVBUF, 65536).getsockopt(SOL_SOCKET, SO_RCVBUF);
const bytes: Buffer = bound.getsockopt(SOL_SOCKET, SO_RCVBUF, 4);
const cork: number | undefined = TCP_CORK;
expect(size >= 65536 && bytes.length === 4 && cork !== null, 'an option of a bound socket');
bound[Symbol.dispose]();

const code: SocketOptionErrorCode = 'ERR_SOCKET_HANDLE_ADOPTED';
try {
  bound.getsockopt(SOL_SOCKET, SO_RCVBUF);
  expect(false, 'an error');
} catch (error) {
  expect((error as NodeJS.ErrnoException).code === code, 'the code of an error');
}

// Lists have a type, and an option that is not everywhere is left out.
const list: SocketOption[] = [[SOL_SOCKET, SO_RCVBUF, 65_536], [IPPROTO_TCP, TCP_NODELAY, true]];
if (TCP_USER_TIMEOUT !== undefined) list.push([IPPROTO_TCP, TCP_USER_TIMEOUT, 20_000]);

function reserve(port?: number): net.BoundSocket {
  // With exactOptionalPropertyTypes, undefined has to be allowed.
  const options: BoundSocketOptions = { host, port, exclusive: true, socketOptions: undefined };
  return new net.BoundHandle(options);
}

const datagrams = dgram.createSocket({ type: 'udp4', socketOptions: list.slice(0, 1) });
const { port: number } = datagrams.bindSync({ address: host, port: undefined });
expect(number > 0 && datagrams.getsockopt(SOL_SOCKET, SO_RCVBUF) >= 65_536, 'a datagram socket');
datagrams.connectSync(number, host);
datagrams.close();

http2.createServer({ acceptedSocketOptions: list });
http2.createSecureServer({ acceptedSocketOptions: list });
const agent = new http.Agent({ keepAlive: false, socketOptions: list });

const server = http.createServer({ acceptedSocketOptions: list }, (request, response) => {
  expect(request.socket.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0, 'an accepted connection');
  response.end('hello');
});
server.listen({ handle: reserve(), backlog: 5 }, () => {
  const { port } = server.address() as AddressInfo;
  // A function for each connection, or a bound socket for one.
  http.get({ agent, host, port }, (response) => {
    expect(response.socket.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0, 'a request of an agent');
    response.resume().on('end', () => {
      const socket = net.connect({ host, port, handle: () => new net.BoundHandle({ host, socketOptions: list }) }, () => {
        socket.setKeepAlive({ enable: true, initialDelay: 30_000, interval: 5000, count: undefined });
        expect(socket.getsockopt(SOL_SOCKET, SO_RCVBUF) >= 65_536, 'a connection from a bound socket');
        socket.destroy();
        server.close();
        console.log(wrong.length === 0 ? 'consumed' : wrong.join());
      });
    });
  });
});
