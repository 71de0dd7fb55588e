// What explanations cost: a forward pass without statistics, and of backward the way to the target and no more. And what a
// plan that trains a part of a network leaves out.
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../runtime/errors.ts';
import type { Program, RecordedPass } from '../../runtime/program.ts';
import type { DenseNetConfig } from '../config.ts';
import { featureTargets, INPUT, targetOf } from '../explain/target.ts';
import { buildNetwork, type Network } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { recordExplanation } from './explanation.ts';
import { recordInference } from './inference.ts';
import { recordTraining, type TrainingOptions } from './training.ts';

const PLAIN: DenseNetConfig = { ...PRESETS['plain-40-12'], blockLayers: [2, 3], height: 9, width: 7 };
const NETWORKS: Readonly<Record<string, Network>> = {
  densenet121: buildNetwork(PRESETS.densenet121),
  densenet121d: buildNetwork(PRESETS.densenet121d),
  plain: buildNetwork(PLAIN),
};

const section = ({ passes }: Program, name: string): readonly RecordedPass[] =>
  passes.filter((pass) => pass.section === name);
const kernels = (passes: readonly RecordedPass[]) => passes.map(({ kernel }) => kernel.id);

describe.each(Object.entries(NETWORKS))('explanations of %s', (_name, network) => {
  const record = (target = INPUT) => recordExplanation(network, 2, { target });
  const inference = recordInference(network, 2).plan.program;

  it('take the forward passes of a prediction, none more', () => {
    const forward = kernels(section(record().plan.program, 'forward'));
    expect(forward).toEqual(kernels(section(inference, 'forward')));
  });

  it('take one backward pass a layer that is passed through, and no sums of norms or weights', () => {
    const backward = section(record().plan.program, 'backward');
    const { stem, blocks } = network;
    const layers = blocks.flatMap((block) => block.layers);
    const convolutions = layers.reduce((sum, layer) => sum + (layer.kind === 'bottleneck' ? 2 : 1), 0);
    const transitions = 2 * (blocks.length - 1);
    const ends = stem.layers.length + (stem.norm ? 1 : 0); // convolutions and pooling
    expect(backward.length).toBe(2 + convolutions + transitions + ends + 1); // the head's two; the input's layout
    const extra = kernels(backward).filter((id) => /weight|finalize|reduce|correct/.test(id));
    expect(extra).toEqual([]);
    expect(backward.filter(({ regions }) => regions.has('sums'))).toEqual([]);
  });

  it('go back to the module and stop there', () => {
    const lengths = [...featureTargets(network)].map(
      ([, target]) => section(record(target).plan.program, 'backward').length,
    );
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
    expect(lengths.slice(-3)).toEqual([2, 0, 0]); // the last block's output behind the head's two; norm5, relu5: none
    const middle = `denseblock${network.blocks.length - 1}`;
    const labels = section(record(targetOf(network, middle)).plan.program, 'backward').map(({ label }) => label);
    expect(labels.at(-1)).toMatch(new RegExp(`^features.transition${network.blocks.length - 1}.norm`));
  });

  it('pack no weight of a convolution that backward does not reach, and allocate no gradient of parameters', () => {
    const [near, far] = ['norm5', 'input'].map((name) => record(targetOf(network, name)).plan.program);
    const packed = (program?: Program) =>
      program?.buffers.filter(({ purpose }) => purpose === 'packed weights').reduce((sum, b) => sum + b.bytes, 0) ?? 0;
    expect(packed(near)).toBeLessThan(packed(far) * 0.6);
    expect(far?.buffers.some(({ purpose }) => purpose === 'parameter gradients')).toBe(false);
  });
});

it('keeps what a target holds from later passes', () => {
  const network = NETWORKS.densenet121 ?? buildNetwork(PLAIN);
  for (const target of featureTargets(network).values()) {
    const { plan, io } = recordExplanation(network, 1, { target });
    const homes = plan.program.share();
    for (const map of [io.features, io.gradient]) {
      if (!map) continue;
      const home = homes.find(({ members }) => members.includes(map.region.buffer));
      const later = home?.members.filter((m) => m !== map.region.buffer && m.last > map.region.buffer.first);
      expect(later).toEqual([]);
    }
  }
});

it('refuses a target that is not there, naming those that are', () => {
  expect(() => targetOf(buildNetwork(PLAIN), 'denseblock3')).toThrow(ConfigError);
  expect(() => targetOf(buildNetwork(PLAIN), 'denseblock3')).toThrow(
    /conv0, denseblock1, transition1, denseblock2, norm5/,
  );
  expect(targetOf(buildNetwork(PLAIN), 'features.transition1')).toMatchObject({ name: 'transition1' });
});

describe('training a part', () => {
  const network = buildNetwork({ ...PRESETS.densenet121, blockLayers: [2, 2], growthRate: 8, height: 64, width: 64 });
  const options: TrainingOptions = { loss: 'cross-entropy', optimizer: 'sgd' };
  const isEarly = (name: string) => /^features\.(conv0|norm0|denseblock1|transition1)/.test(name);
  const trainable = 'last-block';

  it('records nothing of backward ahead of what is trained, and updates that alone', () => {
    const { passes } = recordTraining(network, 4, { ...options, trainable }).plan.program;
    const backward = passes.filter((pass) => pass.section === 'backward');
    expect(backward.length).toBeGreaterThan(8);
    expect(backward.filter(({ label }) => isEarly(label))).toEqual([]);
    const first = network.parameters.find(({ name }) => !isEarly(name));
    const updates = passes.filter(({ kernel }) => kernel.id === 'optimizer/sgd');
    const ranges = updates.map(({ regions }) => regions.get('parameters'));
    const end = network.arena.parameters * 4;
    const offset = (first?.offset ?? 0) * 4;
    // Looked at first, then written.
    const range = [offset, end - offset];
    expect(ranges.map((found) => [found?.offset, found?.bytes])).toEqual([range, range]);
  });

  it('takes no statistics where norms are in evaluation mode, and all of them behind', () => {
    const { passes } = recordTraining(network, 4, { ...options, trainable }).plan.program;
    const finalized = passes.filter(({ kernel }) => kernel.id === 'statistics/finalize').map(({ label }) => label);
    expect(finalized.filter(isEarly)).toEqual([]);
    expect(finalized.length).toBe(2 * 2 + 1);
    expect(passes.filter(({ kernel }) => kernel.id === 'statistics/running-affine').length).toBe(1);
  });

  it('trains the classifier alone with one backward pass', () => {
    const { program } = recordTraining(network, 1, { ...options, trainable: 'classifier' }).plan;
    expect(kernels(section(program, 'backward'))).toEqual(['head/backward-weight']);
  });
});
