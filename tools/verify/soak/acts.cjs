'use strict';

// What an episode does, step by step, and how the model says it ends. Each act draws its
// decisions first, so that they do not depend on what happened, and picks among all
// handles that ever existed, so that each is called in every state.

const dgram = require('node:dgram');
const net = require('node:net');
const datagrams = require('./datagrams.cjs');
const { handleOf, isBound, quoted } = require('./entries.cjs');
const { fails, ok } = require('./model.cjs');
const { Process, Thread } = require('./partners.cjs');
const reserve = require('./reserve.cjs');
const serve = require('./serve.cjs');

const acts = {
  ...reserve,
  ...serve,
  ...datagrams,

  async haveNoDescriptors(soak, random) {
    const entry = handleOf(soak, random);
    await soak.withoutDescriptors(() => {
      const none = fails('EMFILE');
      const host = '127.0.0.1';
      const attempt = (text, work, syscall) => soak.attempt(`${text} without descriptors`, work, none, { syscall });
      for (const options of [{ host }, { host, exclusive: true }, { host, shared: true }, { path: 'emfile' }])
        attempt(`new net.BoundHandle(${quoted(options)})`, () => new net.BoundHandle(options), /^(bind|socket)$/);
      attempt('bindSync()', () => dgram.createSocket('udp4').bindSync(), /^(bind|socket)$/);
      if (!isBound(entry)) return;
      attempt(`${entry.name}.clone()`, () => entry.bound.clone(), /^dup$/);
      const { port1 } = new MessageChannel();
      attempt(`port.postMessage(${entry.name})`, () => port1.postMessage(entry.bound, [entry.bound]), /^dup$/);
      port1.close();
      soak.attempt(`${entry.name}.address()`, () => entry.bound.address(), ok);
    });
  },

  async storm(soak) {
    soak.note('signals');
    await soak.limited(soak.warden.ask('storm 20'), 'signals');
  },

  async dismissThread(soak) {
    await soak.dismiss(soak.receivers.get(Thread));
  },

  async dismissProcess(soak) {
    await soak.dismiss(soak.receivers.get(Process));
  },
};

const WEIGHTS = {
  bind: 10, bindAgain: 10, bindPath: 4, bindPathAgain: 2, bindBadly: 4, look: 6, clone: 8, close: 6,
  setOption: 10, getOption: 10, keepOption: 3, useMuchMemory: 1,
  listen: 10, stop: 4, visit: 8, connect: 6, adopt: 2, send: 8,
  datagram: 4, deliver: 2, closeDatagram: 3,
  haveNoDescriptors: 2, storm: 1, dismissThread: 1, dismissProcess: 1,
};

const weighted = Object.entries(WEIGHTS).flatMap(([name, weight]) => Array(weight).fill(name));

module.exports = { acts, weighted };
