import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { headerRules, headersFile } from '../../ui/page-policy.ts';
import { type StaticServer, serveFolder } from './static-server.ts';

let folder: string;
let server: StaticServer;
let plain: StaticServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'densenet-static-'));
  const site = join(folder, 'site');
  await mkdir(join(site, 'page/assets'), { recursive: true });
  const files = {
    'page/index.html': '<!doctype html>',
    'page/assets/a-12345678.js': 'script',
    'page/assets/a b%c.css': 'style',
    'page/data.gz': 'bytes',
    'page/service-worker.js': 'worker',
    'page/_headers': headersFile(headerRules('demo')),
    'page/.secret': 'secret',
    '../outside.txt': 'outside',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(site, name), text);
  await symlink(join(folder, 'outside.txt'), join(site, 'page/link.txt'));
  await symlink(folder, join(site, 'page/folder'));
  await symlink(join(site, 'page/index.html'), join(site, 'page/inside.html'));
  server = await serveFolder(site, { prefix: '/a/' });
  plain = await serveFolder(site, { headers: false });
});
afterAll(async () => {
  await server.close();
  await plain.close();
  await rm(folder, { recursive: true });
});

/** As it is sent: `fetch` would tidy the path and set the Host. */
function get(
  path: string,
  { host, method = 'GET', of = server }: { host?: string; method?: string; of?: StaticServer } = {},
) {
  const { hostname, port } = new URL(of.origin);
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
    ask({ hostname, port, path, method, headers: { host: host ?? `127.0.0.1:${port}` } }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    })
      .on('error', reject)
      .end();
  });
}

it.each([
  ['/a/page/', 200, /^text\/html/, '<!doctype html>'],
  ['/a/page/?query#hash', 200, /^text\/html/, '<!doctype html>'],
  ['/a/page/inside.html', 200, /^text\/html/, '<!doctype html>'],
  ['/a/page/assets/a-12345678.js', 200, /^text\/javascript/, 'script'],
  ['/a/page/assets/a%20b%25c.css', 200, /^text\/css/, 'style'],
  ['/a/page/data.gz', 200, /^application\/gzip/, 'bytes'],
])('serves %s', async (path, status, type, text) => {
  const found = await get(path);
  expect(found).toMatchObject({ status, text });
  expect(found.headers['content-type']).toMatch(type);
  expect(found.headers['content-encoding']).toBeUndefined();
});

it.each([
  ['no URL', '/a/%', 400],
  ['half an escape', '/a/page/%E0%A4%A', 400],
  ['a null character', '/a/page/index.html%00', 400],
  ['a path that climbs', '/a/../outside.txt', 404],
  ['a path that climbs, encoded', '/a/page/%2e%2e/%2e%2e/outside.txt', 404],
  ['a path with backslashes', '/a/page/..%5c..%5coutside.txt', 400],
  ['an absolute URL', 'http://example.org/a/page/', 400],
  ['a link out of the folder', '/a/page/link.txt', 404],
  ['a folder that is a link out', '/a/page/folder/outside.txt', 404],
  ['a hidden file', '/a/page/.secret', 404],
  ['the headers', '/a/page/_headers', 404],
  ['a folder', '/a/page', 404],
  ['nothing', '/a/page/nothing', 404],
  ['beside the prefix', '/page/', 404],
  ['the prefix without its slash', '/a', 404],
])('refuses %s', async (_, path, status) => {
  const answer = await get(path);
  expect(answer.status).toBe(status);
  expect(answer.text).not.toMatch(/outside|secret/);
  // And still answers.
  expect((await get('/a/page/')).status).toBe(200);
});

it('answers no other method', async () => {
  expect((await get('/a/page/', { method: 'POST' })).status).toBe(405);
  expect(await get('/a/page/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
});

it.each(['example.org', 'example.org:80', '127.0.0.1', 'localhost:1', '127.0.0.1.example.org'])(
  'answers nobody who calls it %j',
  async (host) => expect((await get('/a/page/', { host })).status).toBe(421),
);

it('answers to the names of this machine', async () => {
  const { port } = new URL(server.origin);
  for (const name of ['localhost', 'LOCALHOST', '127.0.0.1', '[::1]']) {
    expect((await get('/a/page/', { host: `${name}:${port}` })).status).toBe(200);
  }
});

it("sends the page's headers, or none", async () => {
  const { headers } = await get('/a/page/');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
  const worker = await get('/a/page/service-worker.js');
  expect(worker.headers['content-security-policy']).toMatch(
    /frame-ancestors 'none', default-src 'none'; .*connect-src 'self'/,
  );
  const bare = await get('/page/', { of: plain });
  expect(bare.headers).not.toHaveProperty('content-security-policy');
  expect(bare.headers).not.toHaveProperty('x-content-type-options');
});
