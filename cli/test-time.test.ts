import { expect, test } from 'vitest';
import { inMemory } from '../src/data/dataset.ts';
import { initialize } from '../src/densenet/initialize.ts';
import { buildNetwork } from '../src/densenet/network.ts';
import { PRESETS } from '../src/densenet/presets.ts';
import { toStateDict } from '../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../src/densenet/train/checkpoint.ts';
import { importSafetensors } from '../src/densenet/weights/import-weights.ts';
import type { OpenPredictorRequest, PredictImages } from '../src/jobs/predict.ts';
import type { HostJobs } from '../src/jobs/registry.ts';
import { fakeClient } from '../tests/fixtures/fake-client.ts';
import { evaluatedSplit, logitsRunner } from './evaluation/evaluated-split.ts';
import { testTimeOf } from './test-time.ts';

const preprocessing = { channels: 1, height: 7, width: 14, mean: [0.5], std: [0.25] };

test.each([
  ['no views', undefined, {}, { testTime: undefined }],
  ['a mirror image, of the same size', 'mirror', {}, { testTime: { kind: 'mirror' } }],
  [
    'five crops, of a larger image',
    'five-crop',
    {},
    {
      testTime: { kind: 'five-crop', source: { height: 8, width: 16 } },
      preprocessing: { ...preprocessing, height: 8, width: 16, resize: { height: 8, width: 16 } },
    },
  ],
  [
    'five crops, of the resized image',
    'five-crop',
    { resize: 20 },
    {
      testTime: { kind: 'five-crop', source: { height: 20, width: 20 } },
      preprocessing: { ...preprocessing, height: 20, width: 20, resize: 20 },
    },
  ],
] as const)('%s', (_, kind, more, expected) => {
  const given = { ...preprocessing, ...more };
  expect(testTimeOf(kind, given)).toEqual({ preprocessing: given, ...expected });
});

test.each([
  ['one label per image', Int32Array.of(0, 1), false],
  ['several labels per image', Float32Array.of(0, 1, 1, 0), true],
])('evaluation asks for views of larger images, of %s', async (_, labels, multiLabel) => {
  const config = { ...PRESETS['plain-40-12'], blockLayers: [1], inputChannels: 1, height: 7, width: 7, classes: 2 };
  const built = buildNetwork(config);
  const network = importSafetensors(writeCheckpoint(built, toStateDict(built, initialize(built, 1))), 'weights');
  const asked: (Partial<OpenPredictorRequest> & Partial<PredictImages>)[] = [];
  const client = fakeClient<HostJobs>({
    'open-predictor': async (request) => void asked.push(request),
    'run-predictor': async (request) => {
      asked.push(request);
      return { logits: new Float32Array(2 * request.count), nonFinite: [] };
    },
    'close-predictor': async () => undefined,
  });
  const views = testTimeOf('five-crop', network.preprocessing);
  const size = { count: 2, channels: 1, height: 8, width: 8, classNames: ['a', 'b'] };
  const one = inMemory({ ...size, pixels: new Uint8Array(2 * 64), labels: new Int32Array(2) });
  const split = evaluatedSplit({ split: 'test', images: { ...one, labels } }, network);
  await logitsRunner(client, network, { precision: 'f32', views }).logits(split);
  expect(asked).toMatchObject([
    { testTime: { kind: 'five-crop', source: { height: 8, width: 8 }, multiLabel } },
    { count: 2, images: { length: 2 * 64 } },
  ]);
});
