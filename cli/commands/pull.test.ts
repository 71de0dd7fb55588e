// `densenet pull` as a user runs it; what can go wrong on the way is tested in ../hub/hub.test.ts.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';
import { packageRoot } from '../host/package-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-pull-'));
const weights = readFileSync(join(packageRoot, 'tests/golden/weights/timm.safetensors'));
const sha256 = createHash('sha256').update(weights).digest('hex');
const config = JSON.stringify({ architecture: 'densenet121', mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] });
const server = createServer(({ url = '', method }, response) => {
  const own = url.includes('/unrelated/') ? '{"_name":"a server"}' : config;
  const file = url.endsWith('/model.safetensors') ? weights : url.endsWith('/config.json') ? own : undefined;
  response.writeHead(file ? 200 : 404, file === weights ? { etag: `"${sha256}"`, 'content-length': file.length } : {});
  response.end(method === 'HEAD' ? undefined : file);
});

beforeAll(async () => {
  buildDensenet();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  process.env.HF_ENDPOINT = `http://127.0.0.1:${port}`;
}, 60_000);
afterAll(() => {
  delete process.env.HF_ENDPOINT;
  server.close();
  rmSync(folder, { recursive: true });
});

it('makes a checkpoint of a network on the hub, with its preprocessing', async () => {
  const out = join(folder, 'out.safetensors');
  const pulled = await densenet('pull', 'timm/small', '--cache', join(folder, 'cache'), '--out', out);
  expect(pulled.code, pulled.err).toBe(0);
  expect(pulled.out).toMatch(new RegExp(`preprocessing: from the config\\.json.*fetched, SHA-256 ${sha256}`, 's'));
  const { normalisation } = readCheckpoint(readFileSync(out), out);
  expect(normalisation).toEqual({ mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] });
  const [again, wrong, name] = await Promise.all([
    densenet('pull', 'timm/small', '--cache', join(folder, 'cache'), '--json'),
    densenet('pull', 'timm/small', '--cache', join(folder, 'other'), '--sha256', '0'.repeat(64)),
    densenet('pull', 'densenet121'),
  ]);
  expect(JSON.parse(again.out)).toMatchObject({ model: 'timm/small', sha256, fetched: false });
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/SHA-256.*not the 0{64}/s)]);
  const unrelated = await densenet('pull', 'timm/unrelated', '--cache', join(folder, 'cache'));
  expect([unrelated.code, unrelated.err]).toEqual([0, expect.stringMatching(/config\.json says nothing of images/)]);
  expect([name.code, name.err]).toEqual([2, expect.stringMatching(/OWNER\/NAME/)]);
});
