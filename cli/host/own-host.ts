// Which requests a server on this machine answers: those that name it by an address of this machine. A page of another
// site can make a browser send requests here under a name that its own DNS has turned to 127.0.0.1 (DNS rebinding); their
// Host header still is that name.
import type { IncomingMessage, ServerResponse } from 'node:http';

const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Whether the request names this machine and the port that it came in by. */
export function namesOwnHost({ headers, socket }: IncomingMessage): boolean {
  return NAMES.some((name) => {
    const host = headers.host?.toLowerCase();
    return host === `${name}:${socket.localPort}` || (socket.localPort === 80 && host === name);
  });
}

/** Answers a request that is meant for another host. */
export const refuseHost = (response: ServerResponse): void => {
  response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end('This server answers for 127.0.0.1 and localhost only.\n');
};
