// Weights for images of another number of channels: timm's adapt_input_conv, and what goes with it.
import { expect, it } from 'vitest';
import { golden, read, TIMM } from '../../../tests/fixtures/weights.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { buildNetwork } from '../network.ts';
import { writeCheckpoint } from '../train/checkpoint.ts';
import { importSafetensors } from './import-weights.ts';
import { describeReport } from './report.ts';

const FIRST = 'features.conv0.weight';
const whole = read(golden('torchvision.safetensors'));
const first = (found: typeof whole) => found.state.get(FIRST) ?? { shape: [], values: new Float32Array() };

/** adapt_input_conv of timm, as it is written there. */
function adapted(channels: number): Float32Array {
  const { shape, values } = first(whole);
  const [outputs = 0, , height = 0, width = 0] = shape;
  const area = height * width;
  const at = (o: number, c: number, i: number) => values[(o * 3 + c) * area + i] ?? 0;
  return Float32Array.from({ length: outputs * channels * area }, (_, n) => {
    const [o, c, i] = [Math.floor(n / area / channels), Math.floor(n / area) % channels, n % area];
    return channels === 1 ? at(o, 0, i) + at(o, 1, i) + at(o, 2, i) : at(o, c % 3, i) * (3 / channels);
  });
}

it.each([1, 2, 4, 7])('to %i channels', (inputChannels) => {
  const found = read(golden('torchvision.safetensors'), { inputChannels });
  const { shape, values } = first(found);
  expect(shape).toEqual([first(whole).shape[0], inputChannels, 7, 7]);
  const expected = adapted(inputChannels);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i] ?? 0, 6);
  expect(found.config.inputChannels).toBe(inputChannels);
  expect(found.preprocessing).toMatchObject({ channels: inputChannels, resize: 256 });
  expect([found.preprocessing.mean.length, found.preprocessing.std.length]).toEqual([inputChannels, inputChannels]);
  for (const [name, tensor] of found.state) if (name !== FIRST) expect(tensor).toEqual(whole.state.get(name));
  expect(describeReport(found.report).join('\n')).toMatch(`adapted from 3 to ${inputChannels} input channels`);
  // What is written is a network of so many channels.
  const written = writeCheckpoint(buildNetwork(found.config), found.state, {});
  expect(importSafetensors(written, 'w').config.inputChannels).toBe(inputChannels);
});

it('as many as there are change nothing', () => {
  const same = read(golden('torchvision.safetensors'), { inputChannels: 3 });
  expect(same).toEqual(whole);
  expect(same.report.inputChannels).toBe(null);
});

it('what the files say is of the network as it was', () => {
  const { preprocessing, classNames } = read(golden('timm.safetensors'), { config: TIMM, inputChannels: 1 });
  expect(preprocessing.mean[0]).toBeCloseTo(0.4);
  expect(classNames?.[0]).toBe('label 0');
  const colour = read(golden('chest-x-ray.safetensors'), { inputChannels: 3 });
  expect(colour).toMatchObject({ multiLabel: true, preprocessing: { mean: [0.5, 0.5, 0.5], fit: 'square' } });
  expect(colour.classNames?.[0]).toBe('Atelectasis');
});

it('is a whole number', () => {
  for (const inputChannels of [0, 1.5, Number.NaN])
    expect(() => read(golden('torchvision.safetensors'), { inputChannels })).toThrow(ConfigError);
});
