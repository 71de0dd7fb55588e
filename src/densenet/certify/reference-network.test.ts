// The float64 network against PyTorch's results, which golden files hold as float32, and against finite differences.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../golden/compare.ts';
import { type Golden, readGolden } from '../golden/golden.ts';
import { buildNetwork } from '../network.ts';
import { toArenas } from '../state-dict.ts';
import { referenceLoss } from './loss.ts';
import { ReferenceNetwork } from './reference-network.ts';
import { EXACT, float32Errors, type Rounding } from './rounding.ts';
import { imageMajor } from './tensors.ts';

const FILES = [
  'plain-paper',
  'plain-narrow-one-image',
  'bc-nothing-aligned',
  'bc-single-pixels',
  'bc-positive-weights',
  'bc-sigmoid-focal',
  'plain-lamb-focal',
  'bc-rmsprop-groups',
  'norm-epsilon-large',
  'imagenet-odd',
  'imagenet-multilabel-adamw',
  'deep-odd',
  'halves-imagenet-odd',
  'halves-plain-odd',
];
const read = (file: string) =>
  readGolden(readFileSync(new URL(`../../../tests/golden/${file}.safetensors`, import.meta.url)), file);
const pause = async () => undefined;

async function computed({ config, training, batch, state }: Golden, rounding: Rounding = EXACT) {
  const network = buildNetwork(config);
  const arenas = toArenas(network, state, {});
  const common = { network, batch: training.batch, arenas, precision: training.precision, rounding } as const;
  const dropout = () => undefined;
  const evaluated = new ReferenceNetwork({ ...common, isEvalMode: () => true, dropout });
  await evaluated.forward(batch.images, pause);
  const trained = new ReferenceNetwork({ ...common, isEvalMode: () => false, dropout });
  await trained.forward(batch.images, pause);
  const { loss, dlogits } = referenceLoss(config, training, batch.labels, trained.logits, rounding);
  const gradients = await trained.backward(dlogits, { firstBlock: 0, stem: true }, pause);
  return { evaluated, trained, loss, gradients };
}

describe.each(FILES)('%s', (file) => {
  it('is what PyTorch computes', async () => {
    const golden = read(file);
    const { evaluated, trained, loss, gradients } = await computed(golden);
    const { training, config } = golden;
    const all = new Map<string, ArrayLike<number>>([
      ['eval.logits', evaluated.logits],
      ['train.logits', trained.logits],
      ['train.loss', [loss]],
      ['grad.input', imageMajor(gradients.get('input') ?? new Float64Array(), training.batch, config.inputChannels)],
    ]);
    for (const [name, values] of gradients) if (name !== 'input') all.set(`grad.${name}`, values);
    for (const [name, values] of trained.running()) all.set(`running.${name}`, values);
    // PyTorch rounds f16's ties and borders by float32's errors: what is stored as f16 may differ in its last bit.
    const allowed = training.precision === 'f32' ? 3e-7 : 2e-3;
    let compared = 0;
    for (const [name, { values }] of golden.expected) {
      if (/^(steps|after)\./.test(name)) continue;
      const got = all.get(name);
      expect(got?.length, name).toBe(values.length);
      expect(relativeError(got ?? [], values), name).toBeLessThan(allowed);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });
});

it('has gradients that finite differences confirm, of every kind of parameter', async () => {
  const golden = read('plain-narrow-one-image');
  const { gradients } = await computed(golden);
  const step = 1e-3;
  const names = [...golden.state.keys()].filter((name) => gradients.has(name));
  for (const name of names.filter((_, i) => i % 3 === 0)) {
    const tensor = golden.state.get(name);
    if (!tensor) continue;
    const at = Math.floor(tensor.values.length / 2);
    const moved = async (by: number) => {
      const values = tensor.values.slice();
      values[at] = (values[at] ?? 0) + by;
      const state = new Map(golden.state).set(name, { ...tensor, values });
      return { loss: (await computed({ ...golden, state })).loss, value: values[at] ?? 0 };
    };
    const [up, down] = [await moved(step), await moved(-step)];
    const slope = (up.loss - down.loss) / (up.value - down.value);
    const own = gradients.get(name)?.[at] ?? Number.NaN;
    // Second differences of the loss, and the kinks of ReLUs between the two.
    expect(Math.abs(own - slope), name).toBeLessThan(0.02 * Math.max(Math.abs(slope), 0.02));
  }
});

it('is off by some of float32’s roundings with errors of that size, the same for the same seed', async () => {
  const golden = read('bc-nothing-aligned');
  const [exact, one, same, other] = await Promise.all([
    computed(golden),
    computed(golden, float32Errors(1)),
    computed(golden, float32Errors(1)),
    computed(golden, float32Errors(2)),
  ]);
  const errors = [...exact.gradients].map(([name, values]) => relativeError(one.gradients.get(name) ?? [], values));
  expect(Math.min(...errors)).toBeGreaterThan(2 ** -26);
  expect(Math.max(...errors)).toBeLessThan(1e-4);
  expect(one.loss).toBe(same.loss);
  expect(one.loss).not.toBe(other.loss);
});
