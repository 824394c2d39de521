'use strict';

// Run with the built binary. A port is bound before anything needs it, so that
// nobody else can have it, is told to a child process, and becomes a server's
// port. What a socket does not do that is bound without `exclusive` is shown as
// well: keep others from binding its port before somebody listens.

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

// Known now, so it can go into a configuration or a command line.
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
