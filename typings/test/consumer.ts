// A program of somebody who installed the package, compiled in every kind of
// project and run.
import net from 'node:net';
import type { SocketOptionErrorCode } from '@bindery/types';

const { SOL_SOCKET, SO_RCVBUF, TCP_CORK } = net.constants;

const bound = new net.BoundHandle({ host: '127.0.0.1' });
const size: number = bound.setsockopt(SOL_SOCKET, SO_RCVBUF, 65536).getsockopt(SOL_SOCKET, SO_RCVBUF);
const bytes: Buffer = bound.getsockopt(SOL_SOCKET, SO_RCVBUF, 4);
const cork: number | undefined = TCP_CORK;
bound[Symbol.dispose]();

const code: SocketOptionErrorCode = 'ERR_SOCKET_HANDLE_ADOPTED';
try {
  bound.getsockopt(SOL_SOCKET, SO_RCVBUF);
} catch (error) {
  const good = (error as NodeJS.ErrnoException).code === code && size >= 65536 && bytes.length === 4;
  console.log(good && cork !== null ? 'consumed' : 'not consumed');
}
