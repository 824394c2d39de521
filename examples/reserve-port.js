'use strict';

// Run with the built binary. A port is bound before anything needs it, is told
// to a child process, and becomes a server's port. What a bound port does not
// do is shown as well: keep others from binding it before somebody listens.

const { spawn } = require('node:child_process');
const net = require('node:net');

const host = '127.0.0.1';

// Known now, so it can go into a configuration or a command line.
const bound = new net.BoundHandle({ host });
const { port } = bound.address();

// Until one of them listens, a second socket can have the same port.
const rival = new net.BoundHandle({ host, port });
console.log('bound twice while nobody listens:', rival.address().port === port);

// With the call of listen() the port is the server's alone.
const server = net.createServer((connection) => connection.end('hello'));
server.listen(bound);

try {
  new net.BoundHandle({ host, port });
} catch (error) {
  console.log('bound again while the server listens:', error.code);
}

// Whoever comes second is told at listen().
const late = net.createServer();
late.on('error', (error) => console.log('the rival listens:', error.code));
late.listen(rival);

const program = `require('node:net').connect(${port}, '${host}').pipe(process.stdout)`;
const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
child.stdout.on('data', (data) => console.log('the child reads:', data.toString()));
child.on('close', () => server.close());
