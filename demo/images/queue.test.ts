import { signal } from '@preact/signals';
import { expect, it, vi } from 'vitest';
import { GpuError } from '../../src/runtime/errors.ts';
import { fake } from '../../tests/fixtures/fake.ts';
import { fakeClient } from '../../tests/fixtures/fake-client.ts';
import type { UsedNetwork } from '../classify/stage.ts';
import type { LoadedNetwork } from '../contract.ts';
import type { DemoJobs } from '../engine.ts';
import type { ImageResult } from '../worker/images.ts';
import { ImageQueue } from './queue.ts';

const network = (source: UsedNetwork['source'] = 'bundled'): UsedNetwork => ({
  source,
  name: 'some',
  loaded: fake<LoadedNetwork>({
    classNames: ['a', 'b'],
    multiLabel: false,
    temperature: 1,
    preprocessing: { channels: 1, height: 2, width: 2, mean: [0], std: [1] },
  }),
});

/** A worker that takes a turn for each chunk; a file's size chooses its class, an empty one is refused. */
function setUp({ fail = false, millisecondsAnImage = 20 } = {}) {
  const seen = {
    underWay: 0,
    most: 0,
    chunks: [] as number[],
    ends: 0,
    hold: Promise.resolve(),
    onChunk: () => {},
  };
  const client = fakeClient<DemoJobs>({
    'classify-images': async ({ files }, { signal }) => {
      seen.most = Math.max(seen.most, ++seen.underWay);
      await seen.hold;
      await new Promise((resolve) => setTimeout(resolve));
      seen.underWay--;
      signal.throwIfAborted();
      if (fail) throw new GpuError('gone');
      seen.chunks.push(files.length);
      seen.onChunk();
      const results = files.map(({ length: size }): ImageResult => {
        if (size === 0) return { kind: 'refused', refusal: { kind: 'empty' } };
        const logits = Float32Array.from(size % 2 ? [0, 2] : [2, 0]);
        return { kind: 'read', width: 1, height: 1, notes: [], swapped: false, sums: [], squares: [], logits };
      });
      return { results, milliseconds: 10 };
    },
    'end-classify-images': async () => {
      seen.ends++;
    },
  });
  const owner = {
    engine: { client },
    network: signal<UsedNetwork | undefined>(network()),
    millisecondsAnImage: () => millisecondsAnImage,
    fail: vi.fn(),
  };
  return { seen, owner, queue: new ImageQueue(owner) };
}

const selection = (sizes: number[]) => ({
  files: sizes.map((size, i) => ({ file: new File(['x'.repeat(size)], `${i}.png`), path: `${i}.png` })),
  ignored: 1,
  missed: 0,
});
const classes = (queue: ImageQueue) =>
  queue.rows.value.map(({ outcome }) => (outcome?.kind === 'classified' ? outcome.top[0] : outcome?.kind));

it('classifies all of many, in their order, two chunks at a time, and says which are refused', async () => {
  const { seen, queue, owner } = setUp();
  await queue.start(selection([1, 2, 0, ...Array.from({ length: 50 }, (_, i) => i + 1)]));
  expect(queue.state.value).toBe('done');
  expect(classes(queue)).toEqual([1, 0, 'refused', ...Array.from({ length: 50 }, (_, i) => (i % 2 ? 0 : 1))]);
  expect(seen.most).toBe(2);
  // 250 ms a run at 20 ms an image.
  expect(Math.max(...seen.chunks)).toBe(12);
  expect(seen.ends).toBe(1);
  expect(queue.leftOut.value.ignored).toBe(1);
  expect(owner.fail).not.toHaveBeenCalled();
});

it('runs large networks one image at a time', async () => {
  const { seen, queue } = setUp({ millisecondsAnImage: 4000 });
  await queue.start(selection([1, 1, 1]));
  expect(seen.chunks).toEqual([1, 1, 1]);
});

it('stops when cancelled, keeps what is done, and resumes', async () => {
  const { seen, queue } = setUp();
  const running = queue.start(selection(Array.from({ length: 60 }, () => 1)));
  seen.onChunk = () => {
    if (seen.chunks.length < 3) return;
    queue.cancel();
    expect(queue.state.value).toBe('stopping');
  };
  await running;
  expect(queue.state.value).toBe('stopped');
  const done = classes(queue).filter((outcome) => outcome === 1).length;
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(60);
  seen.onChunk = () => undefined;
  await queue.resume();
  expect(classes(queue)).toEqual(Array.from({ length: 60 }, () => 1));
  expect(queue.state.value).toBe('done');
});

it('keeps its rows when the engine fails, and says so once', async () => {
  const { queue, owner } = setUp({ fail: true });
  await queue.start(selection([1, 2, 3]));
  expect(queue.state.value).toBe('stopped');
  expect(queue.rows.value).toHaveLength(3);
  expect(owner.fail).toHaveBeenCalledOnce();
});

it('does not mix the results of two networks', async () => {
  const { seen, queue, owner } = setUp();
  let release: () => void = () => undefined;
  seen.hold = new Promise((resolve) => {
    release = resolve;
  });
  const running = queue.start(selection([1, 2, 3]));
  await vi.waitFor(() => expect(seen.underWay).toBeGreaterThan(0));
  owner.network.value = network('trained here');
  release();
  await running;
  expect(queue.state.value).toBe('stopped');
  expect(classes(queue)).toEqual([undefined, undefined, undefined]);
  await queue.resume();
  expect(classes(queue)).toEqual([1, 0, 1]);
  expect(queue.network.value).toBe(owner.network.value);
});

it('lets other files take the place of those under way', async () => {
  const { queue } = setUp();
  const first = queue.start(selection(Array.from({ length: 40 }, () => 1)));
  await queue.start(selection([2, 2]));
  await first;
  expect(classes(queue)).toEqual([0, 0]);
  expect(queue.state.value).toBe('done');
  queue.clear();
  expect(queue.rows.value).toEqual([]);
});
