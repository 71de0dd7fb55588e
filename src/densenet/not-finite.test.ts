import { expect, it } from 'vitest';
import { NotFiniteError } from '../runtime/errors.ts';
import { buildNetwork } from './network.ts';
import { nonFiniteImages, nonFiniteInputs, nonFiniteTensor } from './not-finite.ts';
import { emptyArenas, toStateDict } from './state-dict.ts';

const network = buildNetwork({
  stem: 'cifar',
  growthRate: 4,
  blockLayers: [1],
  initialChannels: 8,
  bottleneckWidth: 0,
  compression: 1,
  dropout: 0,
  classes: 3,
  inputChannels: 1,
  height: 4,
  width: 4,
});

it('names the images whose logits are not finite, each once', () => {
  const logits = Float32Array.of(1, 2, 3, Number.NaN, Number.NaN, 0, 1, 1, 1, 0, 0, Number.NEGATIVE_INFINITY);
  expect(nonFiniteImages(logits, 3)).toEqual([1, 3]);
  expect(nonFiniteImages(logits.subarray(0, 3), 3)).toEqual([]);
  expect(nonFiniteInputs(logits, 4)).toEqual([0, 1, 2]);
  expect(nonFiniteInputs(logits.subarray(5), 3)).toEqual([2]);
  expect(nonFiniteInputs(new Uint8Array(8), 4)).toEqual([]);
});

it('finds the first tensor that is not finite', () => {
  const arenas = emptyArenas(network);
  expect(nonFiniteTensor(toStateDict(network, arenas))).toBeUndefined();
  const { norm5 } = network;
  arenas.running[norm5.runningOffset + norm5.varianceOffset + 2] = Number.POSITIVE_INFINITY;
  expect(nonFiniteTensor(toStateDict(network, arenas))).toEqual({
    kind: 'statistic',
    name: 'features.norm5.running_var',
  });
  arenas.parameters[network.stem.conv.weight.offset] = Number.NaN;
  expect(nonFiniteTensor(toStateDict(network, arenas))).toEqual({ kind: 'parameter', name: 'features.conv0.weight' });
});

it('says what was met, of which image or tensor, and what to do', () => {
  const inference = new NotFiniteError({ kind: 'image', image: 1 }, { images: [1, 3, 4, 5, 6, 7, 9] });
  expect(inference.message).toBe(
    'the logits of images 1, 3, 4, 5, 6 and 2 more are not finite: image 1 holds NaN or infinity; repair that image or leave it out',
  );
  const step = new NotFiniteError({ kind: 'update', name: 'classifier.weight' }, { step: 7 });
  expect(step.message).toBe(
    'step 7: the update would make classifier.weight or its moments NaN or infinite; nothing was updated: lower the learning rate or clip the gradients',
  );
});
