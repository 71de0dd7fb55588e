// The engine learns: part of the Fashion-MNIST sample, with the settings of `npm start`, to an accuracy on images that
// it never saw. (That one takes all of the sample, more epochs, and minutes.)
import process from 'node:process';
import { quickStart } from '../../../cli/networks.ts';
import { readSample } from '../../../cli/training/data.ts';
import { type BlockReuse, featureReuse } from '../../../src/densenet/explain/feature-reuse.ts';
import { buildNetwork } from '../../../src/densenet/network.ts';
import { readCheckpoint } from '../../../src/densenet/train/checkpoint.ts';
import type { TrainEvent, TrainRequest } from '../../../src/jobs/train-request.ts';
import { expect, test } from '../fixtures/host-test.ts';

const IMAGES = 2000;
const EPOCHS = 2;
/** Of 1,000 held-out images. Guessing gets a tenth. */
const REACHES = 0.7;

test('the sample is learned', async ({ session }, info) => {
  const { training, validation } = await readSample(IMAGES);
  const settings = { ...quickStart(true), epochs: EPOCHS };
  const request: TrainRequest = { ...settings, training, validation, reportReuse: true };
  const losses: number[] = [];
  const reuse: (readonly BlockReuse[] | undefined)[] = [];
  const onEvent = (told: TrainEvent) => {
    if (told.kind !== 'epoch') return;
    losses.push(told.loss);
    reuse.push(told.reuse);
  };
  const { report, checkpoint } = await session.run('train', request, { onEvent });
  const { validation: accuracy } = report;
  const words = `${((accuracy ?? 0) * 100).toFixed(1)}% of ${validation.count} held-out images after ${EPOCHS} epochs of ${IMAGES}`;
  info.annotations.push({ type: 'accuracy', description: words });
  process.stdout.write(`learned: ${words}; losses ${losses.map((loss) => loss.toFixed(3)).join(', ')}\n`);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  expect(losses).toHaveLength(EPOCHS);
  expect(accuracy).toBeGreaterThanOrEqual(REACHES);
  // What each epoch told of feature reuse: it changed, and in the end it is that of the checkpoint.
  expect(reuse).toHaveLength(EPOCHS);
  expect(reuse[0]).not.toEqual(reuse[1]);
  const { config, state } = readCheckpoint(checkpoint, 'checkpoint');
  expect(reuse.at(-1)).toEqual(featureReuse(buildNetwork(config), state));
});
