'use strict';

// The handles of an episode, as the acts keep them, and what they have in common.

const { fails } = require('./model.cjs');

const GONE = fails('ERR_SOCKET_HANDLE_ADOPTED');
const keyOf = (address) => (typeof address === 'string' ? address : `${address.address} ${address.port}`);
const quoted = (value) => JSON.stringify(value);
const handleOf = (soak, random) => soak.handles[random.below(1 << 20) % soak.handles.length];
const isBound = (entry) => entry.state === 'bound';

/** Records a handle that was created, or that was not. */
function enter(soak, bound, socket) {
  const entry = { name: soak.next('h'), bound, socket, state: bound === undefined ? 'missing' : 'bound' };
  if (bound !== undefined) entry.address = bound.address();
  soak.handles.push(entry);
  return entry;
}

function leave(soak, entry, state) {
  entry.state = state;
  entry.socket.owners--;
}

module.exports = { GONE, enter, handleOf, isBound, keyOf, leave, quoted };
