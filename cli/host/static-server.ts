// A built page on this machine, for browsers on this machine: `send` (Express's file server) on 127.0.0.1, with the headers
// of the page's `_headers` file. It answers only requests that name this machine, and no file that lies outside of the
// folder, by whatever link. A path that is no file is a 404, one that is no URL a 400.

import { readFile, realpath } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join, sep } from 'node:path';
import send from 'send';
import {
  HEADERS_FILE,
  type HeaderRules,
  type HeaderValues,
  headersOf,
  PLAIN_HEADERS,
  readHeadersFile,
} from '../../ui/page-policy.ts';
import { listenLocally, namesOwnHost, refuseHost } from './local-server.ts';

export interface StaticServer {
  /** Of the folder, with a trailing slash. */
  readonly url: string;
  readonly origin: string;
  close(): Promise<void>;
}

export interface StaticServerOptions {
  /** The path under which the folder is served, with a slash at both ends. Default `/`. */
  readonly prefix?: string;
  /** 0, the default: any that is free. */
  readonly port?: number;
  /** False: no header but what a file needs, as the plainest server there is. Default true. */
  readonly headers?: boolean;
}

/** @throws Error (EADDRINUSE and the like) where the port cannot be had */
export async function serveFolder(
  folder: string,
  { prefix = '/', port = 0, headers = true }: StaticServerOptions = {},
): Promise<StaticServer> {
  const site = { root: await realpath(folder), prefix, headers };
  const server = createServer((request, response) => {
    answer(site, request, response).catch(() => response.destroy());
  });
  const origin = `http://127.0.0.1:${await listenLocally(server, port)}`;
  return {
    origin,
    url: origin + prefix,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Site {
  /** Without a link in it. */
  readonly root: string;
  readonly prefix: string;
  readonly headers: boolean;
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!namesOwnHost(request)) return refuseHost(response);
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405);
  const path = pathOf(request.url ?? '', site.prefix);
  if (path === undefined) return end(response, 400);
  const file = path === '' ? undefined : await fileWithin(site.root, path);
  if (file === undefined) return end(response, 404);
  if (site.headers) {
    for (const [name, value] of Object.entries(await headersFor(site.root, file))) response.setHeader(name, value);
  }
  // The file is known by now: what `send` is given is its name as it would stand in an address.
  const name = file.slice(site.root.length).split(sep).map(encodeURIComponent).join('/');
  // No validators: a browser on this machine has the file whole as quickly as it has the answer that nothing changed.
  const plain = { cacheControl: false, etag: false, lastModified: false };
  send(request, name, { root: site.root, dotfiles: 'allow', index: false, ...plain })
    .on('headers', (res: ServerResponse) => res.setHeader('Cache-Control', 'no-cache'))
    .on('error', () => end(response, 404))
    .on('directory', () => end(response, 404))
    .pipe(response);
}

const end = (response: ServerResponse, status: number): void => {
  if (!response.headersSent) response.writeHead(status);
  response.end();
};

/** The path below the prefix, decoded; '' where it lies beside it, undefined where it is no path. */
function pathOf(address: string, prefix: string): string | undefined {
  const [encoded = ''] = address.split(/[?#]/);
  try {
    const path = decodeURIComponent(encoded);
    if (!path.startsWith('/') || /[\0\\]/.test(path)) return undefined;
    if (!path.startsWith(prefix)) return '';
    return path.endsWith('/') ? `${path.slice(prefix.length)}index.html` : path.slice(prefix.length);
  } catch {
    return undefined;
  }
}

/** The real path of a file of the folder; undefined where there is none, or it lies elsewhere or begins with a dot. */
async function fileWithin(root: string, path: string): Promise<string | undefined> {
  if (path.split('/').some((part) => part.startsWith('.') || part === HEADERS_FILE)) return undefined;
  const file = await realpath(join(root, path)).catch(() => undefined);
  return file?.startsWith(root + sep) ? file : undefined;
}

/** What the `_headers` file nearest to the file says of it. */
async function headersFor(root: string, file: string): Promise<HeaderValues> {
  for (let folder = dirname(file); folder.startsWith(root); folder = dirname(folder)) {
    const rules = await readRules(join(folder, HEADERS_FILE));
    if (rules) return headersOf(rules, file.slice(folder.length).split(sep).join('/'));
  }
  return PLAIN_HEADERS;
}

const readRules = (file: string): Promise<HeaderRules | undefined> =>
  readFile(file, 'utf8').then(readHeadersFile, () => undefined);
