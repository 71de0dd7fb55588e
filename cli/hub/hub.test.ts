// `pull` against a server of this machine that does what the hub does, and what goes wrong on the way.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError } from '../../src/runtime/errors.ts';
import { endpoint, parseModel, pull } from './hub.ts';

const WEIGHTS = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);
const SHA256 = createHash('sha256').update(WEIGHTS).digest('hex');
const CONFIG = '{"architecture":"densenet121"}';
const MODEL = parseModel('timm/densenet121.tv_in1k');

let server: Server;
let base = '';
let cache = '';
/** What the server was asked, in order. */
let asked: string[] = [];
/** What it does instead, once, with a request for the weights' bytes. */
let instead: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
let serves: readonly string[] = ['model.safetensors', 'config.json'];
let says: string | undefined = SHA256;
let bytes = WEIGHTS;
let configStatus = 200;

/** As the hub: a HEAD says the digest and redirects; a GET redirects to where the bytes are, and that takes ranges. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { method = '', url = '', headers } = request;
  asked.push(`${method} ${url}${headers.range ? ` ${headers.range}` : ''}`);
  const file = url.split('/').at(-1) ?? '';
  if (url.startsWith('/timm/old-name')) {
    response.writeHead(307, { location: url.replace('old-name', 'densenet121.tv_in1k') }).end();
    return;
  }
  if (url.startsWith('/private/')) {
    response.writeHead(401).end();
    return;
  }
  if (url.startsWith('/cdn/')) {
    const act = instead.shift();
    if (act) {
      act(request, response);
      return;
    }
    const [, start] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
    const from = Number(start ?? 0);
    const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(start === undefined ? 200 : 206, {
      'content-length': bytes.length - from,
      ...(start !== undefined && range),
    });
    response.end(bytes.subarray(from));
    return;
  }
  if (!url.startsWith('/timm/densenet121.tv_in1k/resolve/main/') || !serves.includes(file)) {
    response.writeHead(404).end();
    return;
  }
  if (file === 'config.json' && configStatus !== 200) {
    response.writeHead(configStatus).end();
    return;
  }
  if (file === 'config.json') {
    response.writeHead(200, { 'content-length': CONFIG.length, etag: '"0123456789abcdef"' });
    response.end(method === 'HEAD' ? undefined : CONFIG);
    return;
  }
  response
    .writeHead(302, {
      location: '/cdn/weights',
      ...(says !== undefined && { 'x-linked-etag': `"${says}"` }),
      'x-linked-size': WEIGHTS.length,
    })
    .end();
}

/** Breaks the connection after so many bytes of what was asked for. */
const breakAfter = (count: number) => (request: IncomingMessage, response: ServerResponse) => {
  const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.write(bytes.subarray(from, from + count), () => setTimeout(() => response.destroy(), 20));
};

beforeEach(async () => {
  [asked, instead, serves, says, bytes] = [[], [], ['model.safetensors', 'config.json'], SHA256, WEIGHTS];
  configStatus = 200;
  cache = mkdtempSync(join(tmpdir(), 'densenet-pull-'));
  server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
  process.env.HF_ENDPOINT = `${base}/`;
});

afterEach(async () => {
  delete process.env.HF_ENDPOINT;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(cache, { recursive: true });
});

const notes: string[] = [];
const take = (model = MODEL, more: { sha256?: string; signal?: AbortSignal; onBytes?: (n: number) => void } = {}) =>
  pull(model, {
    cache,
    pause: 1,
    sha256: more.sha256,
    signal: more.signal ?? new AbortController().signal,
    onProgress: (_, count) => more.onBytes?.(count),
    onNote: (text) => void notes.push(text),
  });
const partials = () =>
  readdirSync(cache, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.partial'));
const gets = () => asked.filter((line) => line.startsWith('GET /cdn'));

it('fetches weights and configuration through a redirect, and not again', async () => {
  const seen: number[] = [];
  const first = await take(MODEL, { onBytes: (count) => seen.push(count) });
  expect(first).toMatchObject({ sha256: SHA256, fetched: true });
  expect(Buffer.compare(readFileSync(first.weights), WEIGHTS)).toBe(0);
  expect(readFileSync(first.config ?? '', 'utf8')).toBe(CONFIG);
  expect(seen).toContain(WEIGHTS.length);
  expect(statSync(first.weights).mode & 0o077).toBe(0);
  expect(await take()).toEqual({ ...first, fetched: false });
  expect(gets()).toHaveLength(1);
});

it('goes on where a broken connection ended, in the same run and in the next', async () => {
  instead = [breakAfter(100_000), breakAfter(100_000)];
  await take();
  expect(gets()).toEqual(['GET /cdn/weights', 'GET /cdn/weights bytes=100000-', 'GET /cdn/weights bytes=200000-']);

  rmSync(cache, { recursive: true });
  asked = [];
  const stop = new AbortController();
  instead = [breakAfter(100_000)];
  const stopped = take(MODEL, { signal: stop.signal, onBytes: (count) => count >= 100_000 && stop.abort() });
  await expect(stopped).rejects.toThrow(/abort/i);
  expect(partials()).toHaveLength(1);
  expect((await take()).fetched).toBe(true);
  expect(gets().at(-1)).toBe('GET /cdn/weights bytes=100000-');
  expect(partials()).toEqual([]);
});

it('gives up where nothing comes any more, and keeps what is there', async () => {
  instead = [breakAfter(50_000), ...Array.from({ length: 8 }, () => breakAfter(0))];
  await expect(take()).rejects.toThrow(
    /model\.safetensors.*connection breaks.*50000 bytes are kept: the next try goes on/s,
  );
  expect(partials()).toHaveLength(1);
});

it('keeps what is there where the server is in trouble when it is asked to go on', async () => {
  const trouble = (status: number) => (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status).end();
  instead = [breakAfter(100_000), trouble(503), trouble(429)];
  await take();
  expect(gets().at(-1)).toBe('GET /cdn/weights bytes=100000-');

  rmSync(cache, { recursive: true });
  instead = [breakAfter(100_000), trouble(404)];
  await expect(take()).rejects.toThrow(/answers 404/);
  expect(partials()).toHaveLength(1);
});

it.each([503, 429])('gives the weights where the configuration is not to be had: %i', async (status) => {
  configStatus = status;
  const alone = await take();
  expect([alone.fetched, alone.config]).toEqual([true, undefined]);
  expect(notes.at(-1)).toMatch(new RegExp(`answers ${status}.*config\\.json.*call again`));
  configStatus = 200;
  const { config } = await take();
  configStatus = status;
  expect((await take()).config).toBe(config);
  expect(notes.at(-1)).toMatch(/config\.json.*from the cache/);
});

it('begins again where the server cannot go on', async () => {
  instead = [
    breakAfter(100_000),
    (_, response) => {
      response.writeHead(200, { 'content-length': WEIGHTS.length });
      response.end(WEIGHTS);
    },
  ];
  const { weights } = await take();
  expect(Buffer.compare(readFileSync(weights), WEIGHTS)).toBe(0);
});

it('keeps nothing whose SHA-256 or size is another', async () => {
  bytes = WEIGHTS.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
  await expect(take()).rejects.toThrow(new RegExp(`SHA-256 is [0-9a-f]{64}, not ${SHA256}.*is not kept`, 's'));
  bytes = new Uint8Array(300_100);
  await expect(take()).rejects.toThrow(/\d{6} bytes, but the hub says 300000/);
  expect(partials()).toEqual([]);
  bytes = WEIGHTS;
  await expect(take(MODEL, { sha256: '0'.repeat(64) })).rejects.toThrow(/not the 0{64} that is asked for/);
  const [file = ''] = partials();
  expect(file).toBe('');
});

it('fetches anew what changed on the hub, and what is damaged in the cache', async () => {
  const { weights } = await take();
  bytes = new Uint8Array(WEIGHTS.length);
  says = createHash('sha256').update(bytes).digest('hex');
  expect((await take()).fetched).toBe(true);
  expect(Buffer.compare(readFileSync(weights), bytes)).toBe(0);
});

it('says where a mirror says no SHA-256, and takes the one that is given', async () => {
  says = undefined;
  notes.length = 0;
  expect(await take()).toMatchObject({ sha256: SHA256, fetched: true });
  expect(notes.join()).toMatch(/does not say the SHA-256.*--sha256/);
  expect(await take(MODEL, { sha256: SHA256 })).toMatchObject({ fetched: false });
});

it('without a connection takes what is in the cache, or says that nothing is', async () => {
  await take();
  process.env.HF_ENDPOINT = 'http://127.0.0.1:9';
  notes.length = 0;
  expect(await take()).toMatchObject({ sha256: SHA256, fetched: false });
  expect(notes.join()).toMatch(/is not reached.*from the cache/);
  const other = take(parseModel('timm/densenet169.tv_in1k'));
  await expect(other).rejects.toThrow(/densenet169\.tv_in1k.*is not reached.*not in the cache.*HF_ENDPOINT/s);
});

it('follows a name that changed, takes another format, and refuses what is not there by name', async () => {
  expect(await take(parseModel('timm/old-name'))).toMatchObject({ sha256: SHA256 });
  serves = ['pytorch_model.bin'];
  const { weights, config } = await take();
  expect([weights.endsWith('pytorch_model.bin'), config]).toEqual([true, undefined]);
  serves = [];
  await expect(take()).rejects.toThrow(/no file of weights that is read.*model\.safetensors.*is its name right/s);
  await expect(take(parseModel('private/model'))).rejects.toThrow(/answers 401.*not public/);
  expect(existsSync(join(cache, 'private--model'))).toBe(false);
});

it('refuses names and addresses that are none', () => {
  expect(parseModel('timm/densenet121.tv_in1k@v1.0')).toEqual({ ...MODEL, revision: 'v1.0' });
  for (const text of ['densenet121', 'a/b/c', '../b', 'a/..', 'a/b@../c', 'a b/c', 'a/b@'])
    expect(() => parseModel(text), text).toThrow(ConfigError);
  for (const text of ['ftp://x', 'mirror', 'https://', 'https://a b']) {
    process.env.HF_ENDPOINT = text;
    expect(() => endpoint(), text).toThrow(/HF_ENDPOINT.*address of the web/s);
  }
});
