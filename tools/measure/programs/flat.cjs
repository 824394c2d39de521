'use strict';

// Sends datagrams to itself until it has received a number of them. Usage:
// flat.cjs <number>. Prints how many were sent, received and dropped by the
// kernel, and the memory in use after each tenth, as JSON.

const dgram = require('node:dgram');

const total = Number(process.argv[2]);
// More than are read at once, so that some are dropped.
const AT_ONCE = 48;

const memory = [];
let sent = 0;
let received = 0;
let dropped = 0;
let isLast = false;

const receiver = dgram.createSocket({ type: 'udp4', receiveInfo: true });
const { port } = receiver.bindSync({ address: '127.0.0.1' });
const sender = dgram.createSocket('udp4');
sender.connectSync(port);
const list = Array.from({ length: AT_ONCE }, (_, i) => ({ msg: Buffer.alloc(i * 20), ttl: i + 1 }));

receiver.on('message', (message, rinfo) => {
  received++;
  dropped = rinfo.dropped;
  if (received % (total / 10) === 0 && received <= total) {
    global.gc();
    memory.push(process.memoryUsage.rss());
  }
  if (isLast) {
    console.log(JSON.stringify({ sent, received, dropped, memory }));
    receiver.close();
    sender.close();
  }
});

function send() {
  sender.sendMany(list, (error, count) => {
    if (error)
      throw error;
    sent += count;
    if (received < total)
      return setImmediate(send);
    // Everything else has arrived by then, and this one says what was dropped.
    setTimeout(() => {
      isLast = true;
      sent++;
      sender.sendSync('last');
    }, 500);
  });
}

send();
