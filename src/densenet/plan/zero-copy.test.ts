// The concatenation that is not there: every channel of a block is written once, where its readers find it, and no pass
// moves features from one place to another.
import { describe, expect, it } from 'vitest';
import type { LogicalBuffer, Program, RecordedPass, Region } from '../../runtime/program.ts';
import type { DenseNetConfig } from '../config.ts';
import { buildNetwork, type DenseBlock, type Network } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { Grid } from './feature-map.ts';
import { recordInference } from './inference.ts';
import { recordTraining } from './training.ts';

const ODD: DenseNetConfig = {
  ...PRESETS['bc-100-12'],
  blockLayers: [3, 2, 4],
  growthRate: 5,
  initialChannels: 7,
  compression: 0.3,
  height: 13,
  width: 9,
};
const NETWORKS: Readonly<Record<string, DenseNetConfig>> = {
  densenet121: PRESETS.densenet121,
  'plain-40-12': PRESETS['plain-40-12'],
  'nothing aligned': ODD,
};
const BATCH = 3;

interface Access {
  readonly pass: RecordedPass;
  readonly region: Region;
}

/** Forward passes that bind `buffer` in the given way, in order. */
const accesses = ({ passes }: Program, buffer: LogicalBuffer, kind: 'read' | 'write'): Access[] =>
  passes
    .filter(({ section }) => section === 'forward')
    .flatMap((pass) =>
      [...pass.regions].map(([name, region]) => ({ pass, region, kind: pass.kernel.bindings[name]?.kind })),
    )
    .filter((access) => access.region.buffer === buffer && access.kind === kind);

function featuresOf(program: Program, { name }: DenseBlock): LogicalBuffer {
  const [buffer, ...others] = program.buffers.filter((b) => b.label === `${name} features`);
  if (!buffer || others.length > 0) throw new Error(`${name} must have one buffer of features`);
  return buffer;
}

describe.each(Object.entries(NETWORKS))('%s', (_name, config) => {
  const network = buildNetwork(config);
  const programs: Readonly<Record<string, Program>> = {
    inference: recordInference(network, BATCH).plan.program,
    training: recordTraining(network, BATCH, { loss: 'cross-entropy', optimizer: 'sgd' }).plan.program,
  };

  describe.each(Object.entries(programs))('%s', (_mode, program) => {
    it.each(network.blocks.map((block) => [block.name, block] as const))('%s: written once, in place', (_b, block) => {
      const row = new Grid(BATCH, block.map).bytes(1);
      const pending = accesses(program, featuresOf(program, block), 'write').map(({ region }) => region);
      const slices = [[0, block.inputs], ...block.layers.map((layer) => [layer.inputs, layer.growthRate])];
      expect(pending.map(({ offset, bytes }) => [offset / row, bytes / row])).toEqual(slices);
    });

    it.each(network.blocks.map((block) => [block.name, block] as const))('%s: read as prefixes', (_b, block) => {
      const row = new Grid(BATCH, block.map).bytes(1);
      const read = accesses(program, featuresOf(program, block), 'read');
      expect(read.every(({ region }) => region.offset === 0)).toBe(true);
      const last = network.blocks.at(-1) === block;
      const readers = [...block.layers.map((layer) => layer.inputs), block.channels];
      expect(read.map(({ region }) => region.bytes / row)).toEqual(readers);
      expect(read.at(-1)?.pass.kernel.id).toBe(last ? 'head/pool' : 'transition/pool');
    });

    it('has as many passes that write features as the network has convolutions, and none beside them', () => {
      expect(writersOf(program, network)).toEqual(convolutionsOf(network));
    });
  });
});

/** Labels of the passes that write into any block's features, in order: a copy would be one more. */
const writersOf = (program: Program, network: Network): string[] => {
  const features = network.blocks.map((block) => featuresOf(program, block));
  return program.passes
    .filter(({ section, kernel, regions }) => {
      const pending = [...regions].filter(([name]) => kernel.bindings[name]?.kind === 'write');
      return section === 'forward' && pending.some(([, { buffer }]) => features.includes(buffer));
    })
    .map(({ label, kernel }) => label.slice(0, -kernel.id.length - 1));
};

const convolutionsOf = ({ stem, blocks }: Network): string[] => [
  stem.norm ? 'features.pool0' : stem.conv.name,
  ...blocks.flatMap(({ layers, transition }) => [
    ...layers.map((layer) => (layer.kind === 'plain' ? layer.conv1.name : layer.conv2.name)),
    ...(transition ? [transition.conv.name] : []),
  ]),
];
