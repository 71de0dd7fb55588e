import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../data/safetensors.ts';
import { float32Tensor, type Tensor } from '../../data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import { randomAt } from '../../runtime/random.ts';
import type { DenseNetConfig } from '../config.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { KEYS, readCheckpoint, trainingRecord, writeCheckpoint } from './checkpoint.ts';

const SMALL: DenseNetConfig = {
  ...PRESETS['bc-100-12'],
  growthRate: 3,
  blockLayers: [2, 1, 3],
  initialChannels: 5,
  classes: 2,
  inputChannels: 1,
  height: 9,
  width: 12,
};
const network = buildNetwork(SMALL);
const state = toStateDict(network, initialize(network, 7));
const classNames = ['cat', 'Katze 猫'];
const normalisation = { mean: [0.25], std: [0.5] };
const whole = writeCheckpoint(network, state, { classNames, normalisation, steps: 12, training: { accuracy: 0.5 } });

/** The same tensors with changes, and with other metadata. */
function rewritten(change: (tensors: Map<string, Tensor>) => void, metadata: Record<string, string> = {}): Uint8Array {
  const tensors = new Map(readSafetensors(whole, 'whole').tensors);
  change(tensors);
  return writeSafetensors(tensors, metadata);
}
const read = (bytes: Uint8Array) => readCheckpoint(bytes, 'some.safetensors');

describe('checkpoints', () => {
  test('what was written is read', () => {
    const { config, state: numbers, ...details } = read(whole);
    expect(config).toEqual(SMALL);
    expect(details).toEqual({ classNames, normalisation });
    expect(numbers.size).toBe(state.size);
    for (const [name, tensor] of state) expect(numbers.get(name)).toEqual(tensor);
  });

  test("names are torchvision's, with the counters that PyTorch's strict load asks for", () => {
    const { tensors, metadata } = readSafetensors(whole, 'whole');
    expect(metadata.format).toBe('pt');
    const counter = tensors.get('features.denseblock1.denselayer1.norm1.num_batches_tracked');
    expect(counter).toMatchObject({ dtype: 'I64', shape: [] });
    expect(Array.from(counter?.bytes ?? [])).toEqual([12, 0, 0, 0, 0, 0, 0, 0]);
    expect([...tensors.keys()].filter((name) => name.startsWith('features.norm5')).toSorted()).toEqual(
      ['bias', 'num_batches_tracked', 'running_mean', 'running_var', 'weight'].map((part) => `features.norm5.${part}`),
    );
  });

  test.each([
    ['ours, without metadata', SMALL],
    ['plain', { ...PRESETS['plain-40-12'], blockLayers: [1, 2, 2], growthRate: 5 }],
    [
      'DenseNet-121 with few layers',
      { ...PRESETS.densenet121, blockLayers: [2, 2], growthRate: 8, initialChannels: 16 },
    ],
    [
      'a compression that is no half',
      { ...PRESETS['bc-100-12'], blockLayers: [2, 3, 2], growthRate: 7, compression: 0.3 },
    ],
    ['one block', { ...PRESETS['bc-100-12'], blockLayers: [3] }],
  ])('the architecture is read off the shapes: %s', (_, config) => {
    const built = buildNetwork(config);
    const tensors = new Map<string, Tensor>();
    for (const [name, { shape, values }] of toStateDict(built, initialize(built, 1))) {
      tensors.set(name, float32Tensor(shape, values));
    }
    const found = read(writeSafetensors(tensors)).config;
    const { compression, height, width, ...rest } = config;
    expect(found).toMatchObject(rest);
    expect(buildNetwork(found).parameters).toEqual(built.parameters);
    expect(found.height).toBe(config.stem === 'imagenet' ? 224 : 32);
  });

  const tensor = (shape: number[], value = 0) =>
    float32Tensor(shape, new Float32Array(shape.reduce((n, s) => n * s, 1)).fill(value));
  const ours = { config: readSafetensors(whole, 'whole').metadata.config ?? '' };
  test.each([
    ['is empty', new Uint8Array(), /is empty; a safetensors file is needed/],
    ['is cut', whole.subarray(0, whole.length - 5), /truncated/],
    ['has no tensor', writeSafetensors(new Map()), /not a DenseNet/],
    ['lacks a tensor', rewritten((t) => t.delete('classifier.bias'), ours), /classifier.bias: is missing/],
    ['lacks one that the shapes need', rewritten((t) => t.delete('features.conv0.weight')), /conv0.weight: is missing/],
    ['has one too many', rewritten((t) => t.set('head', tensor([1])), ours), /head: is not part/],
    ['has another shape', rewritten((t) => t.set('classifier.bias', tensor([3])), ours), /bias: has shape \[3\]/],
    ['holds NaN', rewritten((t) => t.set('classifier.bias', tensor([2], Number.NaN)), ours), /bias: holds values/],
    [
      'holds a negative variance',
      rewritten((t) => t.set('features.norm5.running_var', tensor([13], -1)), ours),
      /negative/,
    ],
    ['has a configuration that is no JSON', rewritten(() => {}, { config: '{' }), /config: is not JSON/],
    ['has another configuration', rewritten(() => {}, { config: '{"growth":3}' }), /stem: undefined is missing/],
    [
      'claims a network past all memory',
      rewritten(() => {}, { config: JSON.stringify({ ...SMALL, growthRate: 4096, blockLayers: [9, 9, 9] }) }),
      /more than there are/,
    ],
    ['names too few classes', rewritten(() => {}, { ...ours, class_names: '["cat"]' }), /must list 2 names/],
    ['names a terminal code', rewritten(() => {}, { ...ours, class_names: '["a","\\u001b[2J"]' }), /printable/],
    ['divides by zero', rewritten(() => {}, { ...ours, normalisation: '{"mean":[0],"std":[0]}' }), /std: \[0\] must/],
    ['normalises with words', rewritten(() => {}, { ...ours, normalisation: '{"mean":"a","std":[1]}' }), /two lists/],
    [
      'has a stem of another width',
      rewritten((t) => t.set('features.conv0.weight', tensor([5, 1, 5, 5]))),
      /\[5,1,5,5\]; the stem's kernel must be 7x7 or 3x3/,
    ],
  ])('one that %s is an error that names the file', (_, bytes, words) => {
    expect(() => read(bytes)).toThrow(words);
    expect(() => read(bytes)).toThrow(DataError);
    expect(() => read(bytes)).toThrow(/^some\.safetensors: at byte \d+: /);
  });

  test('a damaged file is read or refused, and nothing else happens', () => {
    let refused = 0;
    for (let kernelCheck = 0; kernelCheck < 400; kernelCheck++) {
      const bytes = whole.slice();
      // The header is where damage has meaning; numbers among the tensors only become other numbers.
      for (let flip = 0; flip <= kernelCheck % 4; flip++) {
        const at = randomAt(5, kernelCheck, 2 * flip) % (kernelCheck % 2 ? 2000 : bytes.length);
        bytes[at] = randomAt(5, kernelCheck, 2 * flip + 1) % 256;
      }
      try {
        read(kernelCheck % 5 === 0 ? bytes.subarray(0, randomAt(6, kernelCheck, 0) % bytes.length) : bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

test('reads how a network was trained, and takes what another program wrote there for nothing', () => {
  const of = (training: string) => trainingRecord({ [KEYS.training]: training });
  expect(of('{"updates":12}')).toEqual({ updates: 12 });
  expect([trainingRecord({}), of('on my cluster'), of('[1]'), of('"text"')]).toEqual([{}, {}, {}, {}]);
});
