'use strict';

// Acts that give handles a role, or send them away.

const net = require('node:net');
const { GONE, handleOf, isBound, keyOf, leave, quoted } = require('./entries.cjs');
const { fails, ok } = require('./model.cjs');
const { Process, Thread } = require('./partners.cjs');
const { clients, ended, servers, silent } = require('./peers.cjs');

const UNSENDABLE = fails('ERR_SOCKET_HANDLE_ADOPTED', 'ERR_WORKER_HANDLE_NOT_TRANSFERABLE');

module.exports = {
  async listen(soak, random) {
    const entry = handleOf(soak, random);
    const kind = random.pick(Object.keys(servers));
    const asOption = random.chance(0.5);
    if (entry.bound === undefined) return;
    const name = soak.next('server');
    const server = servers[kind](name);
    const outcome = new Promise((resolve) => server.on('listening', () => resolve()).on('error', resolve));
    const wasBound = isBound(entry);
    const { thrown } = soak.attempt(
      `const ${name} = ${kind}.createServer().listen(${asOption ? `{ handle: ${entry.name} }` : entry.name})`,
      () => server.listen(asOption ? { handle: entry.bound } : entry.bound), wasBound ? ok : GONE);
    if (thrown !== undefined || !wasBound) return;
    const expected = soak.model.listen(entry.socket);
    const err = await soak.limited(outcome, 'a server that is to listen');
    soak.judge(`${name} listens`, err, expected, { syscall: /^listen$/ });
    if (err !== undefined) {
      leave(soak, entry, 'adopted');
      return;
    }
    // A socket that was connected through a clone may have lost its address with the connection.
    if (entry.socket.connected) {
      server.close();
      await soak.limited(ended(server), `${name} that is to close`);
      leave(soak, entry, 'adopted');
      return;
    }
    entry.state = 'adopted';
    entry.socket.listening = true;
    soak.servers.push({ name, kind, server, entry });
    if (keyOf(server.address()) !== entry.socket.key) {
      soak.fail(`${name} listens on ${quoted(server.address())}, not on ${entry.socket.key}`);
    }
  },

  async stop(soak, random) {
    const index = random.below(1 << 20) % Math.max(soak.servers.length, 1);
    const [stopped] = soak.servers.splice(index, 1);
    if (stopped === undefined) return;
    soak.note(`${stopped.name}.close()`);
    stopped.server.close();
    stopped.server.closeAllConnections?.();
    await soak.limited(ended(stopped.server), `${stopped.name} that is to close`);
    stopped.entry.socket.owners--;
  },

  async visit(soak, random) {
    const index = random.below(1 << 20) % Math.max(soak.servers.length, 1);
    const visited = soak.servers[index];
    if (visited === undefined) return;
    const { kind, name, entry: { address, socket } } = visited;
    // Another server may get the connection, and speak another protocol.
    const others = soak.servers.filter((other) => other.entry.socket.key === socket.key);
    if (others.some((other) => other.kind !== kind) || soak.away.has(socket.key)) return;
    if (!soak.model.isServed(socket.key, soak.servers)) return;
    soak.note(`a client visits ${name}`);
    soak.model.doubt(socket.key);
    const where = typeof address === 'string' ? { path: address } : { host: address.address, port: address.port };
    const told = await soak.limited(clients[kind](where), `a client of ${name}`).catch((err) => `nothing (${err.message})`);
    if (!others.some((other) => other.name === told)) soak.fail(`the client was told ${told}`);
  },

  async connect(soak, random) {
    const entry = handleOf(soak, random);
    const way = random.below(3);
    if (entry.bound === undefined || entry.bound.isPipe || entry.address.family === 'IPv6') return;
    const wasBound = isBound(entry);
    let socket;
    const { thrown } = soak.attempt(
      `net.connect({ handle: ${entry.name}, port: ${way === 0 ? 'nobody\'s' : 'the sink\'s'} })`,
      () => {
        socket = net.connect({ handle: entry.bound, host: '127.0.0.1', port: way === 0 ? 9 : soak.sink }).on('error', silent);
      }, wasBound ? ok : GONE);
    if (thrown !== undefined || !wasBound) return;
    soak.model.doubt(entry.socket.key);
    entry.socket.connected = true;
    // An option may keep the sink's answer away.
    if (way === 1 || soak.away.has(entry.socket.key)) {
      soak.note('it is destroyed at once');
      socket.destroy();
    }
    await soak.limited(ended(socket.resume()), 'a client that the sink resets');
    leave(soak, entry, 'adopted');
  },

  async adopt(soak, random) {
    const entry = handleOf(soak, random);
    if (entry.bound === undefined) return;
    const wasBound = isBound(entry);
    const { value } = soak.attempt(`new net.Socket({ handle: ${entry.name} }).destroy()`,
                                   () => new net.Socket({ handle: entry.bound }).destroy(), wasBound ? ok : GONE);
    if (value === undefined) return;
    await soak.limited(ended(value), 'a socket that is destroyed');
    if (wasBound) leave(soak, entry, 'adopted');
  },

  async send(soak, random) {
    const act = random.pick(['close', 'keep', 'drop', 'clone', 'listen']);
    const isThread = random.chance(0.6);
    const keepOpen = !isThread && random.chance(0.5);
    const isEnded = random.chance(0.15);
    const entry = handleOf(soak, random);
    if (entry.bound === undefined) return;
    // In another process, a relative path is another file, and would be left there.
    if (!isThread && entry.bound.isPipe) return;
    const wasBound = isBound(entry);
    const other = await soak.receiver(isThread ? Thread : Process);
    const { value: answer, thrown } = soak.attempt(
      `${isThread ? 'worker.postMessage' : 'subprocess.send'}(${quoted(act)}, ${entry.name}${keepOpen ? '' : ', given away'})`,
      () => other.send(entry.bound, act, keepOpen), wasBound ? ok : UNSENDABLE);
    if (thrown !== undefined || !wasBound) return;
    soak.model.doubt(entry.socket.key);
    soak.away.add(entry.socket.key);
    if (!keepOpen) leave(soak, entry, 'sent');
    if (isEnded) {
      soak.note('the receiver is ended');
      await soak.dismiss(other);
      return;
    }
    const { address, error, gone } = await soak.limited(answer, 'a receiver\'s answer');
    if (gone || (error !== undefined && error !== 'EADDRINUSE')) soak.fail(`the receiver answered ${error ?? 'nothing'}`);
    // A socket that was connected may have lost its address, as in listen().
    const isLost = entry.socket.connected || address === undefined;
    if (!isLost && keyOf(address) !== entry.socket.key) soak.fail(`it arrived as ${quoted(address)}`);
  },
};
