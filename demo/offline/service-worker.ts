// Keeps the whole page in the browser, so that it opens again without a network. Files whose names carry a hash of what
// is in them come from what was kept; the page itself comes from the server where that answers in time, so that a new
// version shows at the next load. A page asks only for names of its own version: versions cannot mix. What it answers has
// the headers of page-policy.ts, whatever the server sent.

import '../own-server-only.ts';
import type { Precached } from './precached.ts';

// The compiler's libraries for pages and for service workers exclude each other; this is the little that is used here.
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ServiceWorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: { matchAll(of: object): Promise<readonly unknown[]>; claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(name: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(name: 'fetch', listener: (event: Fetching) => void): void;
}

/** Put in front of this script by the build. */
declare const PRECACHED: Precached;

/** A server that has not answered in this time is taken for one that does not. */
const PATIENCE_MS = 4000;

declare const self: ServiceWorkerScope;
const folder = self.registration.scope;
// Pages in other folders of the same server keep theirs under other names.
const prefix = `densenet-webgpu ${folder} `;
const cacheName = prefix + PRECACHED.version;
const kept = new Set(PRECACHED.files.map(({ path }) => new URL(path, folder).href));
const start = new URL('index.html', folder).href;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { href } = withoutQuery(request.url);
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate' && (href === folder || href === start)) event.respondWith(page(request));
  else if (kept.has(href)) event.respondWith(file(request, href));
});

/** All files or none: one that does not come, or is of another version, and the old worker stays. */
async function install(): Promise<void> {
  const requests = PRECACHED.files.map(
    ({ path, integrity }) =>
      new Request(new URL(path, folder), integrity === undefined ? {} : { integrity, cache: 'no-cache' }),
  );
  const cache = await caches.open(cacheName);
  try {
    const answers = await Promise.all(requests.map((request) => fetch(request)));
    const bad = answers.find(({ ok }) => !ok);
    if (bad) throw new TypeError(`${bad.url}: the server answers ${bad.status}`);
    await Promise.all(answers.map((answer, i) => cache.put(requests[i] ?? '', answer)));
  } catch (error) {
    await caches.delete(cacheName);
    throw error;
  }
  // Another window may still ask for files of the version before: then this one waits until it is closed.
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (windows.length <= 1) await self.skipWaiting();
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((n) => n.startsWith(prefix) && n !== cacheName).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page(request: Request): Promise<Response> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(resolve, PATIENCE_MS);
  });
  const answer = await Promise.race([fetch(request).catch(() => undefined), late]);
  if (answer?.ok) return withHeaders(answer, PRECACHED.headers.page);
  const before = await match(start);
  // A server may have answered for it by a redirect, which no page may be opened with: a copy has none.
  return before ? withHeaders(before, PRECACHED.headers.page) : (answer ?? fetch(request));
}

async function file(request: Request, href: string): Promise<Response> {
  const before = await match(href);
  return before ? withHeaders(before, PRECACHED.headers.file) : fetch(request);
}

/** A copy with the headers that the server should have sent; a policy that it did send holds beside ours. */
function withHeaders(answer: Response, isOwn: Readonly<Record<string, string>>): Response {
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(isOwn)) {
    if (headers.has(name) && name === 'Content-Security-Policy') headers.append(name, value);
    else headers.set(name, value);
  }
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}

const match = async (href: string): Promise<Response | undefined> => (await caches.open(cacheName)).match(href);

function withoutQuery(address: string): URL {
  const url = new URL(address);
  url.search = '';
  url.hash = '';
  return url;
}
