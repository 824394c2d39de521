'use strict';

// Sends or receives datagrams, as datagrams.c does. Usage: datagrams.cjs
// receive|send|sendMany|sendSync <port> <size> <seconds> [segment size or, for
// receive, receiveInfo as JSON].

const dgram = require('node:dgram');

const [, , mode, port, size, seconds, last] = process.argv;
const AT_ONCE = 64;

let count = 0;
let start;
let used;

function begin() {
  start = process.hrtime.bigint();
  used = process.cpuUsage();
}

function end() {
  const took = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(used);
  console.log(JSON.stringify({ count, took, computed: (user + system) / 1e6 }));
  process.exit();
}

function receive() {
  const receiveInfo = last === undefined ? undefined : JSON.parse(last);
  const socket = dgram.createSocket({ type: 'udp4', receiveInfo });
  socket.on('message', (message, { segmentSize }) => {
    if (count === 0) {
      begin();
      setTimeout(end, seconds * 1000);
    }
    count += segmentSize > 0 ? Math.ceil(message.length / segmentSize) : 1;
  });
  socket.bind(Number(port), '127.0.0.1');
}

function send() {
  const segmentSize = last === undefined ? undefined : Number(last);
  const each = segmentSize === undefined ? 1 : Math.ceil(size / segmentSize);
  const msg = Buffer.alloc(Number(size));
  const list = Array.from({ length: AT_ONCE }, () => ({ msg, segmentSize }));
  const socket = dgram.createSocket('udp4');
  const batch = () => {
    if (process.hrtime.bigint() - start >= BigInt(seconds) * 1_000_000_000n)
      return end();
    let left = AT_ONCE;
    if (mode === 'sendMany') {
      socket.sendMany(list, (error, sent) => {
        count += sent * each;
        setImmediate(batch);
      });
    } else if (mode === 'sendSync') {
      for (const options of list)
        count += socket.sendSync(msg, options) > 0 ? each : 0;
      setImmediate(batch);
    } else {
      for (const { msg } of list) {
        socket.send(msg, (error) => {
          if (!error)
            count++;
          if (--left === 0)
            setImmediate(batch);
        });
      }
    }
  };
  socket.connect(Number(port), '127.0.0.1', () => {
    begin();
    batch();
  });
}

if (mode === 'receive')
  receive();
else
  send();
