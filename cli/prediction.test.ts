import { describe, expect, test } from 'vitest';
import type { HostJobs } from '../src/jobs/registry.ts';
import { DataError, type NonFinite } from '../src/runtime/errors.ts';
import { fakeClient } from '../tests/fixtures/fake-client.ts';
import { type FailedImage, type PreparedImage, predictions } from './prediction.ts';

const settings = { checkpoint: new Uint8Array([1]), normalisation: { mean: [0], std: [1] } };
const image = (value: number): PreparedImage => ({ name: `${value}.png`, pixels: new Uint8Array([value % 256]) });
const failed = (name: string): FailedImage => ({ name, error: new DataError(name, 0, 'is none') });

/** A host whose network's two logits are the image's byte and its negative; a byte of 255 overflows. */
function fakeHost() {
  const jobs: string[] = [];
  const planned: number[] = [];
  const client = fakeClient<HostJobs>({
    'open-predictor': async ({ batch }) => {
      planned.push(batch);
      jobs.push('open-predictor');
    },
    'run-predictor': async ({ images }) => {
      jobs.push(`run ${images.length}`);
      const nonFinite = [...images.entries()]
        .filter(([, byte]) => byte === 255)
        .map(([at]): { image: number; found: NonFinite } => ({ image: at, found: { kind: 'overflow', image: at } }));
      return { logits: Float32Array.from([...images].flatMap((byte) => [byte, -byte])), nonFinite };
    },
    'close-predictor': async () => void jobs.push('close-predictor'),
  });
  let opened = 0;
  const open = async () => {
    opened++;
    return client;
  };
  return { jobs, planned, open, opened: () => opened };
}

async function* given(images: Iterable<PreparedImage | FailedImage>, taken: () => void = () => undefined) {
  for (const one of images) {
    taken();
    yield one;
  }
}

describe('predictions', () => {
  test('come in order, a bad image among them as its error, a batch at a time', async () => {
    const { jobs, open, opened } = fakeHost();
    const images = [failed('a'), ...Array.from({ length: 20 }, (_, i) => image(i)), failed('b'), image(20)];
    const names: string[] = [];
    for await (const row of predictions(given(images), open, settings)) {
      if ('error' in row) names.push(row.name);
      else {
        expect([...row.logits]).toEqual([row.image.pixels[0], -(row.image.pixels[0] ?? 0)]);
        names.push(row.image.name);
      }
    }
    expect(names).toEqual(images.map(({ name }) => name));
    expect(jobs).toEqual(['open-predictor', 'run 16', 'run 5', 'close-predictor']);
    expect(opened()).toBe(1);
  });

  test('never hold more than the batch at hand and the next one', async () => {
    const { open } = fakeHost();
    let taken = 0;
    let done = 0;
    const images = Array.from({ length: 400 }, (_, i) => image(i % 200));
    for await (const _ of predictions(
      given(images, () => taken++),
      open,
      settings,
    )) {
      expect(taken - done).toBeLessThanOrEqual(3 * 16);
      done++;
    }
    expect(done).toBe(400);
  });

  test('run what has come where the next image is late, always in a plan of one size', async () => {
    const { jobs, planned, open } = fakeHost();
    let more: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      more = resolve;
    });
    async function* slow() {
      yield image(1);
      yield failed('a');
      await late;
      for (let i = 2; i < 8; i++) yield image(i);
    }
    const batches: number[] = [];
    const onBatch = (count: number) => batches.push(count);
    const rows = predictions(slow(), open, settings, { size: 4, idle: 5, onBatch });
    for (const name of ['1.png', 'a']) {
      const { value } = await rows.next();
      expect(value && 'error' in value ? value.name : value?.image.name).toBe(name);
    }
    more();
    let rest = 0;
    for await (const _ of rows) rest++;
    expect(rest).toBe(6);
    expect(planned).toEqual([4]);
    expect(batches).toEqual([1, 4, 2]);
    expect(jobs).toEqual(['open-predictor', 'run 1', 'run 4', 'run 2', 'close-predictor']);
  });

  test('of files that are all bad ask for no GPU', async () => {
    const { open, opened } = fakeHost();
    const rows = [];
    for await (const row of predictions(given([failed('a'), failed('b')]), open, settings)) rows.push(row);
    expect(rows).toHaveLength(2);
    expect(opened()).toBe(0);
  });

  test('that are not finite are the error of that image alone', async () => {
    const { open } = fakeHost();
    const rows = [];
    for await (const row of predictions(given([image(1), image(255), image(2)]), open, settings)) rows.push(row);
    expect(rows.map((row) => 'error' in row)).toEqual([false, true, false]);
    expect(rows[1]).toMatchObject({
      error: { code: 'not-finite', message: expect.stringMatching(/^255\.png: .*overflow float32/) },
    });
  });
});
