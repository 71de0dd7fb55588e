// What the page keeps of a run comes back, or is told to be damaged; and images come back as they were.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LabelledImages } from '../../src/data/idx.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { DataError } from '../../src/runtime/errors.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { imagesFileParts, readImagesFile } from './images-file.ts';
import { follow, type KeptRun, keptRunToJson, parseKeptRun, secondsBetween, upTo } from './kept-run.ts';

const { run } = sampleRun({ ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4 }, 'sgd');
const point = (at: number) => ({ at, loss: 1, accuracy: 0.5, learningRate: 0.1, imagesPerSecond: 9 });
const head = { count: 43, channels: 3, height: 32, width: 32, classNames: ['a', 'b'] };
const kept: KeptRun = {
  ...{ version: 2, id: 'run-1', started: 5, saved: 6, dataName: '내 사진' },
  request: {
    ...{ ...run.hyperparameters, training: head, validation: { ...head, count: 9 } },
    ...{ saveEvery: { seconds: 5 }, reportLogits: true, about: { date: '2026-11-26' } },
  },
  place: { epoch: 1, updates: 2, updatesPerEpoch: 5 },
  progress: { epochs: 3, points: [point(0.4), { ...point(1), validation: { accuracy: 0.5, loss: 2 } }, point(1.4)] },
};

describe('a kept run', () => {
  test('comes back as it was', () => {
    expect(parseKeptRun(keptRunToJson(kept))).toEqual(kept);
  });

  test('of version 0.1.0 is read as what it was', () => {
    const text = readFileSync('tests/fixtures/version-0.1.0/kept-run.json', 'utf8');
    expect(parseKeptRun(text)).toEqual(kept);
  });

  test.each([
    ['is cut', keptRunToJson(kept).slice(0, -9)],
    ['is of another version', JSON.stringify({ ...kept, version: 3 })],
    ['has no place', JSON.stringify({ ...kept, place: {} })],
    ['has a bad recipe', JSON.stringify({ ...kept, request: { ...kept.request, batch: 0 } })],
    ['has points that are none', JSON.stringify({ ...kept, progress: { epochs: 3, points: [{ at: 'x' }] } })],
    ['is something else', '[]'],
  ])('that %s is damaged', (_, text) => {
    expect(parseKeptRun(text)).toBeUndefined();
  });

  test('has curves up to its state, and goes on from there', () => {
    const cut = upTo(kept.progress, { epoch: 1, updates: 1, updatesPerEpoch: 5 });
    expect(cut.points.map(({ at }) => at)).toEqual([0.4, 1]);
    const ready = { kind: 'ready', updates: 5, epochs: [], into: 2 } as const;
    const told = { ...ready, seconds: 1, gpuBytes: 1, tiles: 'defaults', notes: [], kept: {} } as const;
    expect(follow(kept.progress, told, 1).points.map(({ at }) => at)).toEqual([0.4]);
  });

  test('is kept less often the larger it is', () => {
    expect([1e4, 1e8].map(secondsBetween)).toEqual([5, 50]);
  });
});

const images: LabelledImages = {
  ...{ count: 3, channels: 1, height: 2, width: 2, classNames: ['a', '고양이'] },
  pixels: Uint8Array.from({ length: 12 }, (_, i) => 20 * i),
  labels: Int32Array.of(0, 1, 1),
};
const file = (of: LabelledImages): Uint8Array => Uint8Array.from(imagesFileParts(of).flatMap((part) => [...part]));

describe('a file of images', () => {
  test('comes back as it was', () => {
    expect(readImagesFile(file(images), 'images')).toEqual(images);
  });

  test.each([
    ['is cut', file(images).subarray(0, -1)],
    ['has a label of no class', file({ ...images, labels: Int32Array.of(0, 2, 1) })],
    ['is empty', new Uint8Array()],
  ])('that %s is an error that names it', (_, bytes) => {
    expect(() => readImagesFile(bytes, 'images')).toThrow(DataError);
  });
});
