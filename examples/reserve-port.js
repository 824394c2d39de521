'use strict';

// Run with the built binary. Binds a port before anything needs it, so that
// nobody else can take it, passes it to a child process, and then makes it the
// port of a server. Also shows what a socket bound without `exclusive` does not
// do: keep others from binding its port before someone listens on it.

const { spawn } = require('node:child_process');
const net = require('node:net');

const host = '127.0.0.1';

function tryToBind(port, when) {
  try {
    const rival = new net.BoundHandle({ host, port });
    console.log(`bound again ${when}: yes`);
    rival.close();
  } catch (error) {
    console.log(`bound again ${when}: ${error.code}`);
  }
}

const plain = new net.BoundHandle({ host });
tryToBind(plain.address().port, 'while a plain socket waits');
plain.close();

// The port is known now, so it can go into a configuration or a command line.
const bound = new net.BoundHandle({ host, exclusive: true });
const { port } = bound.address();
tryToBind(port, 'while an exclusive socket waits');

const server = net.createServer((connection) => connection.end('hello'));
server.listen(bound);
tryToBind(port, 'while its server listens');

const program = `require('node:net').connect(${port}, '${host}').pipe(process.stdout)`;
const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
let text = '';
child.stdout.setEncoding('utf8').on('data', (data) => { text += data; });
child.on('close', (code) => {
  console.log('the child reads:', text);
  if (code !== 0 || text !== 'hello') process.exitCode = 1;
  server.close();
});
