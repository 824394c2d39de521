'use strict';

// Looks up a port in the system's tables of TCP sockets, see proc(5).

const fs = require('node:fs');

/** The state of a connection that has ended: TIME_WAIT. */
const WAITING = '06';

/** Addresses that do not conflict with a loopback address, as little-endian machines print them. */
const OTHERS = {
  '127.0.0.1': ['00000000000000000000000001000000'],
  '::1': ['0100007F', '0000000000000000FFFF00000100007F'],
};

/**
 * @param {string} host
 * @param {number} port
 * @returns {string[]} The states of the sockets that have the port and may prevent the
 *   address from being bound. Other processes may have the port at the other loopback
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
