'use strict';

// What the system's tables of TCP sockets say of a port, see proc(5).

const fs = require('node:fs');

/** The state of a connection that only waits out its end: TIME_WAIT. */
const WAITING = '06';

/** What does not keep a loopback address out, as little-endian machines print it. */
const OTHERS = {
  '127.0.0.1': ['00000000000000000000000001000000'],
  '::1': ['0100007F', '0000000000000000FFFF00000100007F'],
};

/**
 * @param {string} host
 * @param {number} port
 * @returns {string[]} The states of the sockets that have the port and may keep the
 *   address from being bound. Other processes may have it of the other loopback
 *   address.
 */
function statesOf(host, port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return ['tcp', 'tcp6'].flatMap((table) => [...fs.readFileSync(`/proc/self/net/${table}`, 'utf8')
    .matchAll(new RegExp(`^ *\\d+: (\\w+):${hex} \\S+ (\\w\\w)`, 'gm'))]
    .filter(([, address]) => !OTHERS[host]?.includes(address))
    .map(([, , state]) => state));
}

module.exports = { WAITING, statesOf };
