import { afterEach, describe, expect, it, vi } from 'vitest';
import { DataError } from '../../src/runtime/errors.ts';
import { fetchFromHub } from './hub.ts';

const MODEL = 'timm/densenet121.tv_in1k';
const never = new AbortController().signal;
afterEach(() => vi.unstubAllGlobals());

const hub = (answer: (url: string) => Response) => vi.stubGlobal('fetch', async (url: string) => answer(url));

describe('fetchFromHub', () => {
  it('takes the weights with their configuration, and says how far it is', async () => {
    hub((url) => new Response(url.endsWith('json') ? '{}' : 'weights', { headers: { 'content-length': '7' } }));
    const steps: number[][] = [];
    const { weights, config } = await fetchFromHub(MODEL, (...step) => steps.push(step), never);
    expect([weights.name, await weights.text(), config?.text]).toEqual([
      'densenet121.tv_in1k.safetensors',
      'weights',
      '{}',
    ]);
    expect(steps.at(-1)).toEqual([7, 7]);
  });

  it('says where the hub does not have it, or is not there', async () => {
    hub(() => new Response('', { status: 404 }));
    await expect(fetchFromHub(MODEL, () => {}, never)).rejects.toThrow(/answers 404 for config\.json/);
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no route')));
    await expect(fetchFromHub(MODEL, () => {}, never)).rejects.toThrow(DataError);
  });

  it('stops when told', async () => {
    const abort = new AbortController();
    abort.abort();
    vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) => Promise.reject(signal?.reason));
    await expect(fetchFromHub(MODEL, () => {}, abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
