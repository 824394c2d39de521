'use strict';

// With SO_RCVLOWAT, a socket is not readable before enough data has arrived.

const common = require('../common');
if (!common.isLinux)
  common.skip('not every system heeds SO_RCVLOWAT in poll(2)');

const assert = require('assert');
const net = require('net');
const os = require('os');

const { IPPROTO_TCP, SOL_SOCKET, SO_RCVLOWAT, TCP_INFO } = net.constants;

// Returns the number of segments sent but not acknowledged yet, from struct
// tcp_info.
function unacknowledged(socket) {
  const info = socket.getsockopt(IPPROTO_TCP, TCP_INFO, 104);
  return info[`readUInt32${os.endianness()}`](24);
}

// Calls back a while after the kernel of the peer has received everything.
function delivered(socket, callback) {
  if (unacknowledged(socket) > 0)
    setTimeout(delivered, 5, socket, callback);
  else
    setTimeout(callback, 50);
}

function run(lowat, expected) {
  const chunks = [];
  const server = net.createServer({
    pauseOnConnect: true,
  }, common.mustCall((connection) => {
    connection.setsockopt(SOL_SOCKET, SO_RCVLOWAT, lowat);
    assert.strictEqual(connection.getsockopt(SOL_SOCKET, SO_RCVLOWAT), lowat);
    connection.on('data', (chunk) => chunks.push(chunk.toString()));
    connection.on('end', common.mustCall(() => {
      assert.deepStrictEqual(chunks, expected);
      server.close();
    }));
    connection.resume();
    client.write('four', common.mustSucceed(() => {
      delivered(client, common.mustCall(() => {
        assert.strictEqual(chunks.length, expected.length - 1);
        client.write('+seven', common.mustSucceed(() => {
          delivered(client, common.mustCall(() => client.end()));
        }));
      }));
    }));
  }));
  let client;
  server.listen(0, '127.0.0.1', common.mustCall(() => {
    client = net.connect(server.address().port, '127.0.0.1');
    client.setNoDelay();
    client.resume();
  }));
}

run(10, ['four+seven']);
run(1, ['four', '+seven']);
