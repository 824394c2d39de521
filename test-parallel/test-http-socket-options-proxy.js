'use strict';

// With a proxy, socketOptions and handle are for the connection to the proxy.

const common = require('../common');
if (!process.allowedNodeEnvironmentFlags.has('--use-env-proxy'))
  common.skip('agents do not support proxies');
if (!common.hasCrypto)
  common.skip('missing crypto');

const assert = require('assert');
const http = require('http');
const https = require('https');
const net = require('net');
const fixtures = require('../common/fixtures');
const { once } = require('events');

const { IPPROTO_IP, IP_TTL } = net.constants;

const host = '127.0.0.1';
const socketOptions = [[IPPROTO_IP, IP_TTL, 41]];
const key = fixtures.readKey('agent1-key.pem');
const cert = fixtures.readKey('agent1-cert.pem');

async function main() {
  const ports = [];
  const answer = (request, response) => {
    ports.push(request.socket.remotePort);
    response.end();
  };
  const proxy = http.createServer(answer);
  const target = https.createServer({ key, cert }, (request, response) => response.end());
  await once(target.listen(0, host), 'listening');
  proxy.on('connect', (request, socket) => {
    ports.push(request.socket.remotePort);
    const through = net.connect(target.address().port, host);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    through.pipe(socket).pipe(through);
    for (const end of [socket, through])
      end.on('error', () => {});
  });
  await once(proxy.listen(0, host), 'listening');
  const url = `http://${host}:${proxy.address().port}`;
  const proxyEnv = { HTTP_PROXY: url, HTTPS_PROXY: url };

  const ask = async (client, agent, options) => {
    const request = client.get({ host: 'example.invalid', agent, rejectUnauthorized: false, ...options });
    const [response] = await once(request, 'response');
    assert.strictEqual(request.socket.getsockopt(IPPROTO_IP, IP_TTL) === 41,
                       options?.handle === undefined);
    response.resume();
    await once(response, 'end');
    agent.destroy();
  };
  for (const client of [http, https]) {
    await ask(client, new client.Agent({ proxyEnv, socketOptions }));
    await ask(client, new client.Agent({ proxyEnv }), { socketOptions });
    const handle = new net.BoundSocket({ host });
    const { port } = handle.address();
    await ask(client, new client.Agent({ proxyEnv }), { handle });
    assert.strictEqual(ports.at(-1), port);
  }
  proxy.closeAllConnections();
  target.closeAllConnections();
  proxy.close();
  target.close();
}
main().then(common.mustCall());
