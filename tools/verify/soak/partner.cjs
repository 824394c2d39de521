'use strict';

// The other thread or process. Does with a socket what it is told, and answers with the
// address that the socket has there.

const net = require('node:net');
const { isMainThread, parentPort } = require('node:worker_threads');

const answer = (message) => (isMainThread ? process.send(message) : parentPort.postMessage(message));

const acts = {
  close: (bound) => bound.close(),
  keep: () => {},
  drop: () => {},
  clone: (bound) => {
    bound.clone().close();
    bound.close();
  },
  listen: (bound) => net.createServer((peer) => peer.on('error', () => {}).resetAndDestroy())
    .on('error', () => {}).listen(bound),
};

/** Kept until the end. */
const kept = [];

function receive({ serial, act }, bound) {
  let message;
  try {
    message = { serial, address: bound.address() };
    if (act === 'keep') kept.push(bound);
    acts[act](bound);
  } catch (err) {
    message = { serial, error: err.code ?? err.message };
  }
  answer(message);
}

if (isMainThread) {
  process.on('message', receive);
} else {
  parentPort.on('message', ({ bound, ...message }) => receive(message, bound));
}

answer({});
