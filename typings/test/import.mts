// ECMAScript modules, by both names of the modules and in every form.
import { BoundHandle, BoundSocket, constants, type SocketConstants } from 'net';
import * as namespace from 'net';
import { BoundHandle as NodeBoundHandle, constants as nodeConstants } from 'node:net';
import * as nodeNamespace from 'node:net';
import type { BindSyncOptions, Socket } from 'dgram';

const names: Array<typeof BoundSocket> =
  [BoundHandle, NodeBoundHandle, namespace.BoundHandle, nodeNamespace.BoundSocket];
const tables: SocketConstants[] = [constants, nodeConstants, namespace.constants, nodeNamespace.constants];
const bind: Parameters<Socket['bindSync']>[0] = { port: 0 } satisfies BindSyncOptions;
const bound: BoundHandle | NodeBoundHandle | nodeNamespace.BoundSocket = new BoundHandle();
// @ts-expect-error: there is no default export of that kind
names[0].default;
export { bind, bound, names, tables };
