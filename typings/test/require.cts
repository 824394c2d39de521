// CommonJS, by both names of the modules.
import dgram = require('dgram');
import nodeDgram = require('node:dgram');
import net = require('net');
import nodeNet = require('node:net');

const bound: net.BoundHandle = new nodeNet.BoundSocket();
const other: nodeNet.BoundSocket = new net.BoundHandle();
const level: number = net.constants.SOL_SOCKET;
const maybe: number | undefined = nodeNet.constants.TCP_CORK;
const value: nodeNet.SocketOptionValue = true;
const options: nodeNet.SetKeepAliveOptions = { interval: 1000 };
const bind: dgram.BindSyncOptions & nodeDgram.BindSyncOptions = { port: 0 };
const read: number = bound.getsockopt(level, nodeNet.constants.SO_RCVBUF);
const { port }: nodeNet.AddressInfo = dgram.createSocket('udp4').bindSync(bind);
nodeNet.createServer().listen(other).setsockopt(level, net.constants.SO_RCVBUF, value);
new net.Socket().setKeepAlive(options);
// @ts-expect-error: there is no such class
net.BoundPort;
export = [maybe, read, port];
