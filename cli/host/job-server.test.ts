import { request as ask } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnyRunOptions } from '../../src/jobs/define-job.ts';
import { decodeMessage, encodeMessage, errorFromText } from '../../src/jobs/message.ts';
import { DataError } from '../../src/runtime/errors.ts';
import { JobServer, readBody } from './job-server.ts';

let server: JobServer;

beforeAll(async () => {
  server = await JobServer.open('program');
});
afterAll(() => server.close());

/** As it is sent, without `fetch` tidying the path or setting the Host. */
function send(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET', body?: Uint8Array) {
  const { hostname, port, host } = new URL(server.url);
  return new Promise<number | string>((resolve) => {
    ask({ hostname, port, path, method, headers: { host, ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', () => resolve('closed'))
      .end(body);
  });
}
const path = () => new URL(server.url).pathname;

it.each([
  ['no URL', () => '/%', {}, 404],
  ['half an escape under its path', () => `${path()}%E0%A4%A`, {}, 404],
  ['a path without the secret', () => '/page', {}, 404],
  ["another host's name", () => `${path()}page`, { host: 'example.org' }, 421],
  ["another host's port", () => `${path()}page`, { host: '127.0.0.1:1' }, 421],
])('refuses %s, and goes on', async (_, address, headers, status) => {
  expect(await send(address(), headers)).toBe(status);
  expect(await send(`${path()}page`)).toBe(200);
});

it('closes on a body that is larger than any, is not as long as announced, or is no message, and goes on', async () => {
  expect(await send(`${path()}event/1`, { 'content-length': String(2 ** 50) }, 'POST', new Uint8Array(3))).toBe(
    'closed',
  );
  expect(await send(`${path()}unavailable`, {}, 'POST', new TextEncoder().encode('{"a":'))).toBe('closed');
  const running = server.run('job', null);
  const failed = expect(running).rejects.toThrow(/message: at byte 0/);
  expect(await send(`${path()}done/1`, {}, 'POST', new Uint8Array(20))).toBe(200);
  await failed;
  expect(await send(`${path()}page`)).toBe(200);
});

it('reads no more of a body than may be there', async () => {
  async function* chunks() {
    yield Buffer.alloc(6);
    yield Buffer.alloc(6);
  }
  const request = (headers: object) => Object.assign(chunks(), { headers }) as never;
  await expect(readBody(request({}), 10)).rejects.toThrow('more than 10 bytes');
  await expect(readBody(request({ 'content-length': '12' }), 10)).rejects.toThrow('a body of 12 bytes; at most 10');
  expect((await readBody(request({}), 12)).length).toBe(12);
});

it('replies to what the job asks, with the error as an error, and to no other job', async () => {
  const post = async (job: string, question: unknown) =>
    fetch(`${server.url}ask/${job}`, { method: 'POST', body: encodeMessage(question) });
  const onAsk = async (question: number) => {
    if (question === 7) throw new DataError('photo.jpg', 3, 'is gone');
    return Uint8Array.of(question);
  };
  // What the job is, its type says elsewhere.
  const running = server.run('job', null, { onAsk: onAsk as AnyRunOptions['onAsk'] });
  const taken = await fetch(`${server.url}next`);
  const job = taken.headers.get('x-job') ?? '';
  const reply = await post(job, 5);
  expect(decodeMessage(new Uint8Array(await reply.arrayBuffer()))).toEqual(Uint8Array.of(5));
  const refused = await post(job, 7);
  expect(refused.status).toBe(422);
  const error = errorFromText(await refused.text());
  expect(error).toBeInstanceOf(DataError);
  expect(error.message).toContain('photo.jpg');
  expect((await post('999', 5)).status).toBe(410);
  await fetch(`${server.url}done/${job}`, { method: 'POST', body: encodeMessage('all') });
  expect(await running).toBe('all');
});
