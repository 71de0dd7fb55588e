// "Talks to no server but its own", enforced: whatever the page's worker, its service worker and the page itself try, a
// server of another origin receives nothing. What tries is evaluated inside those realms, of the built pages as they are
// shipped, on a server that sends the headers of page-policy.ts and on one that sends none.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Worker } from 'playwright/test';
import puppeteer from 'puppeteer-core';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { serveFolder } from '../../../cli/host/static-server.ts';
import { FIREFOX, noFirefox, PREFERENCES } from '../fixtures/firefox.ts';
import { expect, test as pageTest } from './page-test.ts';

/** Of another origin: it answers everything, lets everybody read it, and says what came. */
interface OtherServer {
  readonly origin: string;
  readonly received: string[];
}

const test = pageTest.extend<{ readonly other: OtherServer }>({
  // biome-ignore lint/correctness/noEmptyPattern: playwright reads the names out of the pattern
  other: async ({}, use) => {
    const received: string[] = [];
    const server: Server = createServer((request, response) => {
      received.push(`${request.method} ${request.url}`);
      response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' }).end('1');
    });
    server.on('upgrade', (request, socket) => {
      received.push(`UPGRADE ${request.url}`);
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await use({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received });
    server.closeAllConnections();
    server.close();
  },
});

/**
 * Every way to another server that a script has, by name; each settles. It is evaluated as text, so that it needs nothing
 * from here.
 */
const TRY_ALL = `async (origin) => {
  const at = (name) => origin + '/' + name;
  const opened = (source) => new Promise((yes, no) => { source.onopen = yes; source.onerror = no; });
  const here = self.location.href;
  const ways = {
    fetch: () => fetch(at('fetch')),
    post: () => fetch(at('post'), { method: 'POST', body: 'pixels', mode: 'no-cors', keepalive: true }),
    request: () => fetch(new Request(at('request'), { mode: 'no-cors' })),
    xhr: () => new Promise((yes, no) => {
      const request = new XMLHttpRequest();
      request.open('POST', at('xhr'));
      request.onload = yes;
      request.onerror = no;
      request.send('pixels');
    }),
    events: () => opened(new EventSource(at('events'))),
    socket: () => opened(new WebSocket(at('socket').replace('http', 'ws'))),
    transport: () => new WebTransport(at('transport').replace('http:', 'https:')).ready,
    import: () => import(at('import.js')),
    importScripts: () => importScripts(at('import-scripts.js')),
    beacon: () => { if (!navigator.sendBeacon(at('beacon'), 'pixels')) throw new Error('not queued'); },
    cacheAdd: async () => (await caches.open('try')).add(new Request(at('cache-add'), { mode: 'no-cors' })),
    cacheAddAll: async () => (await caches.open('try')).addAll([new Request(at('cache-add-all'), { mode: 'no-cors' })]),
    font: () => new FontFace('other', 'url(' + at('font') + ')').load(),
    window: () => self.clients.openWindow(at('window')),
    navigate: async () => {
      const [client] = await self.clients.matchAll({ includeUncontrolled: true, type: 'window' });
      await client.navigate(at('navigate'));
    },
    // Another realm, which may have what this one lacks.
    nested: () => new Promise((yes, no) => {
      const text = 'fetch(' + JSON.stringify(at('nested')) + ', { mode: "no-cors" }).then(() => postMessage(1), () => postMessage(0))';
      const worker = new Worker(URL.createObjectURL(new Blob([text])));
      worker.onmessage = ({ data }) => (data ? yes() : no(new Error('refused')));
      worker.onerror = no;
    }),
    nestedImport: () => new Promise((yes, no) => {
      const text = 'import ' + JSON.stringify(at('nested.js')) + '; postMessage(1)';
      const worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })), { type: 'module' });
      worker.onmessage = yes;
      worker.onerror = no;
    }),
    image: () => new Promise((yes, no) => {
      const image = new Image();
      image.onload = yes;
      image.onerror = no;
      image.src = at('image');
    }),
    frame: () => new Promise((yes, no) => {
      const frame = document.createElement('iframe');
      frame.src = at('frame');
      document.body.append(frame);
      setTimeout(() => no(new Error('no answer')), 300);
    }),
    stylesheet: () => new Promise((yes, no) => {
      const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: at('style.css') });
      link.onload = yes;
      link.onerror = no;
      document.head.append(link);
    }),
    form: () => {
      const form = Object.assign(document.createElement('form'), { action: at('form'), method: 'post' });
      document.body.append(form);
      form.submit();
    },
    base: async () => {
      document.head.prepend(Object.assign(document.createElement('base'), { href: origin + '/' }));
      await fetch('base');
    },
  };
  const late = (ms) => new Promise((resolve) => setTimeout(() => resolve('late'), ms));
  const names = [];
  for (const [name, way] of Object.entries(ways)) {
    names.push(name);
    await Promise.race([Promise.resolve().then(way).catch(() => undefined), late(600)]);
  }
  await late(300);
  return { names, stayed: self.location.href === here };
}`;

const tryAllIn = (realm: Pick<Worker, 'evaluate'>, origin: string) =>
  realm.evaluate(`(${TRY_ALL})(${JSON.stringify(origin)})`);

/** Its own server still answers it: what was held above is not that nothing works. */
const ownFileIn = (realm: Pick<Worker, 'evaluate'>, url: string) =>
  realm.evaluate(`fetch(${JSON.stringify(url)}).then(({ status }) => status)`);

const serviceWorkerOf = (context: BrowserContext): Promise<Worker> =>
  Promise.resolve(context.serviceWorkers()[0] ?? context.waitForEvent('serviceworker'));

for (const headers of [true, false]) {
  test(`nothing of the demo page reaches another server, ${headers ? 'with' : 'without'} headers`, async ({
    gpuBrowser,
    other,
  }) => {
    const server = await serveFolder(join(packageRoot, 'dist'), { headers });
    const context = await gpuBrowser.newContext();
    try {
      await test.step('a page that may do anything reaches it', async () => {
        // A page that may do anything can: the ways do lead there.
        const free = await context.newPage();
        await free.goto(`${other.origin}/free`);
        // The form takes it away with it. While it is on its way there, closing it may never end.
        const there = free.waitForURL('**/form');
        await tryAllIn(free, other.origin.replace('127.0.0.1', 'localhost')).catch(() => undefined);
        await there;
        expect(other.received.length).toBeGreaterThan(10);
        await free.close();
      });

      const page = await context.newPage();
      const [worker] = await Promise.all([page.waitForEvent('worker'), page.goto(`${server.url}demo/`)]);
      const first = [...other.received];
      await test.step('the worker of the first visit reaches nothing', async () => {
        // On the first visit, before a service worker answers anything.
        expect(worker.url()).toMatch(/^blob:/);
        await tryAllIn(worker, other.origin);
        expect(other.received, 'from the worker').toEqual(first);
        expect(await ownFileIn(worker, `${server.url}demo/index.html`)).toBe(200);
      });

      await test.step('the service worker reaches nothing', async () => {
        const offline = await serviceWorkerOf(context);
        await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
        await tryAllIn(offline, other.origin);
        expect(other.received, 'from the service worker').toEqual(first);
        expect(await ownFileIn(offline, `${server.url}demo/index.html`)).toBe(200);
      });

      await test.step('the worker of the second visit, which comes from the service worker, reaches nothing', async () => {
        // And from a worker of the second visit, which comes from the service worker.
        const [second] = await Promise.all([page.waitForEvent('worker'), page.reload()]);
        await tryAllIn(second, other.origin);
        expect(other.received, 'from the worker of the second visit').toEqual(first);
      });

      await test.step('the page itself reaches nothing', async () => {
        // A worker that is not made as ours is: there is none, or it is bound by what the service worker answers.
        await tryAllIn(page, other.origin);
        expect(other.received, 'from the page').toEqual(first);
        expect(new URL(page.url()).origin).toBe(server.origin);
      });
    } finally {
      await context.close();
      await server.close();
    }
  });
}

/** The built demo page with changes, served without headers. */
async function withChanged(
  changes: Readonly<Record<string, (text: string) => string>>,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'densenet-policy-'));
  await cp(join(packageRoot, 'dist/demo'), folder, { recursive: true });
  for (const name of await readdir(folder, { recursive: true })) {
    const change = Object.entries(changes).find(([start]) => name.startsWith(start))?.[1];
    if (change) await writeFile(join(folder, name), change(await readFile(join(folder, name), 'utf8')));
  }
  const server = await serveFolder(folder, { headers: false });
  try {
    await use(server.url);
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
}

test('where the page may ask the hub, its workers may not', async ({ gpuBrowser, other }) => {
  // As `MODEL_HUB=huggingface` builds it, with the other server in the hub's place.
  const allow = (html: string) => html.replace(/connect-src (&#39;|')self\1/, (found) => `${found} ${other.origin}`);
  const asBuilt = (script: string) => script.replace(/,"integrity":"[^"]+"/g, '');
  await withChanged({ 'index.html': allow, 'service-worker.js': asBuilt }, async (url) => {
    const context = await gpuBrowser.newContext();
    const page = await context.newPage();
    const [worker] = await Promise.all([page.waitForEvent('worker'), page.goto(url)]);
    await test.step('the page reaches the hub', async () => {
      expect(await ownFileIn(page, `${other.origin}/hub`)).toBe(200);
      expect(other.received.splice(0)).toEqual(['GET /hub']);
    });
    await test.step('its workers do not', async () => {
      await tryAllIn(worker, other.origin);
      expect(other.received, 'from the worker').toEqual([]);
      await tryAllIn(await serviceWorkerOf(context), other.origin);
      expect(other.received, 'from the service worker').toEqual([]);
    });
    await context.close();
  });
});

test('nothing of the worker reaches another server in Firefox, without headers', async ({ other }) => {
  test.skip(noFirefox !== undefined, noFirefox ?? '');
  test.setTimeout(180_000);
  // Puppeteer does not evaluate in workers of every Firefox: the worker's own script ends in a listener.
  const listens = (script: string) =>
    `${script};\nnew BroadcastChannel('try').onmessage = async ({ data }) => {
      const { names } = await (${TRY_ALL})(data);
      new BroadcastChannel('tried').postMessage(names.length);
    };`;
  await withChanged({ 'assets/worker-': listens }, async (url) => {
    const firefox = await puppeteer.launch({
      browser: 'firefox',
      executablePath: FIREFOX ?? '',
      extraPrefsFirefox: { ...PREFERENCES },
    });
    try {
      const page = await firefox.newPage();
      await page.goto(url);
      // It may not listen yet.
      const tried = await page.evaluate(
        (origin) =>
          new Promise<number>((resolve) => {
            const channel = new BroadcastChannel('try');
            const again = setInterval(() => channel.postMessage(origin), 5000);
            new BroadcastChannel('tried').onmessage = ({ data }) => {
              clearInterval(again);
              resolve(data);
            };
          }),
        other.origin,
      );
      expect(tried).toBeGreaterThan(20);
      expect(other.received).toEqual([]);
    } finally {
      await firefox.close();
    }
  });
});
