// The plainest file server there is, with the built pages in a sub-path: what any host does, and nothing more. A path
// that is no file is a 404, so a page that asks for something at the root of its server fails.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

const PREFIX = '/some/folder/';

export interface StaticServer {
  /** Where `demo/` and `bench/` are, with a trailing slash. */
  readonly url: string;
  readonly origin: string;
  close(): Promise<void>;
}

export async function servePages(): Promise<StaticServer> {
  const dist = join(packageRoot, 'dist');
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = normalize(decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
    const bytes = path.startsWith(PREFIX)
      ? await readFile(join(dist, path.slice(PREFIX.length))).catch(() => undefined)
      : undefined;
    if (bytes) {
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(bytes);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    url: origin + PREFIX,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
