// A server for this machine only: it listens on 127.0.0.1 and answers requests that name it by an address of this machine. A
// page of another site can make a browser send requests here under a name that its own DNS resolves to 127.0.0.1 (DNS
// rebinding); their Host header still is that name.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Listens on 127.0.0.1 at `port`, 0 for any that is free, and gives the port. @throws Error (EADDRINUSE and the like) */
export async function listenLocally(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

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
