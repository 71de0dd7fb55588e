// The engine learns: part of the Fashion-MNIST sample, with the settings of `npm start`, to an accuracy on images that
// it never saw. (That one takes all of the sample, more epochs, and minutes.)
import process from 'node:process';
import { quickStart } from '../../../cli/small-networks.ts';
import { readTrainingData, SAMPLE } from '../../../cli/training-data.ts';
import { configToJson } from '../../../src/densenet/config-json.ts';
import { imagesAttachments, imagesHead } from '../../../src/hosts/jobs/labelled.ts';
import type { TrainEvent, TrainReport, TrainRequest } from '../../../src/hosts/jobs/train-messages.ts';
import { type JsonValue, type Message, message } from '../../../src/hosts/message.ts';
import { expect, test } from '../fixtures/host-test.ts';

const IMAGES = 2000;
const EPOCHS = 3;
/** Of 1,000 held-out images. Guessing gets a tenth. */
const REACHES = 0.7;

test('the sample is learned', async ({ session }, info) => {
  const { training, heldOut } = await readTrainingData(SAMPLE, IMAGES);
  const settings = { ...quickStart(true), epochs: EPOCHS };
  const request: TrainRequest = { ...settings, training: imagesHead(training), heldOut: imagesHead(heldOut) };
  const head = { ...request, config: configToJson(request.config) } as unknown as JsonValue;
  const images = new Map([...imagesAttachments('training', training), ...imagesAttachments('heldOut', heldOut)]);
  const losses: number[] = [];
  const onEvent = (event: Message) => {
    const told = event.head as TrainEvent;
    if (told.kind === 'epoch') losses.push(told.loss);
  };
  const result = await session.run('train', message(head, images), { onEvent });
  const { heldOut: accuracy } = result.head as TrainReport;
  const words = `${((accuracy ?? 0) * 100).toFixed(1)}% of ${heldOut.count} held-out images after ${EPOCHS} epochs of ${IMAGES}`;
  info.annotations.push({ type: 'accuracy', description: words });
  process.stdout.write(`learned: ${words}; losses ${losses.map((loss) => loss.toFixed(3)).join(', ')}\n`);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  expect(losses).toHaveLength(EPOCHS);
  expect(accuracy).toBeGreaterThanOrEqual(REACHES);
});
