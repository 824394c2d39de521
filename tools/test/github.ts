// A server in GitHub's place. It imports none of the tools, so that it can be loaded
// before BINDERY_OUT is set.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** Starts a server for GITHUB_API_URL that runs until the test has ended. */
export async function serveApi(t: Test, listener: RequestListener, prefix = '') {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    listener(request, response);
  }).listen(0, '127.0.0.1');
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  t.teardown(async () => {
    delete process.env['GITHUB_API_URL'];
    await close();
  });
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['GITHUB_API_URL'] = `http://${host}${prefix}`;
  /** `asked` are the requests so far; after `close`, nobody listens at `host`. */
  return { host, asked, close };
}

/** Answers by path. A number is an error status. */
export const answering = (
  answers: Readonly<Record<string, object | number>>,
  headers: Readonly<Record<string, string>> = {},
): RequestListener => (request, response) => {
  const answer = answers[request.url!] ?? 404;
  const [status, body] = typeof answer === 'number' ? [answer, { message: 'told\nso' }] : [200, answer];
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body));
};
