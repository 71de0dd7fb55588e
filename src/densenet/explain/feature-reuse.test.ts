import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../runtime/errors.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork, type Network } from '../network.ts';
import { recordInference } from '../plan/inference.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { ablateConnections, concatenationCost, copiedBytes, featureReuse } from './feature-reuse.ts';

const BASE = { ...PRESETS['bc-100-12'], blockLayers: [3, 2], growthRate: 5, initialChannels: 7, compression: 0.3 };
const NETWORKS: Readonly<Record<string, Network>> = {
  bottlenecks: buildNetwork({ ...BASE, height: 12, width: 10 }),
  plain: buildNetwork({ ...BASE, bottleneckWidth: 0, height: 12, width: 10 }),
};

describe.each(Object.entries(NETWORKS))('%s', (_name, network) => {
  const state = toStateDict(network, initialize(network, 3));
  const weights = (name: string) => state.get(name)?.values ?? new Float32Array();
  /** By names and counting alone: mean |w| over all weights whose input channel is in [first, end). */
  function plain(name: string, inputs: number, first: number, end: number): number {
    const values = weights(name);
    const shape = state.get(name)?.shape ?? [];
    const taps = (shape[2] ?? 1) * (shape[3] ?? 1);
    const magnitudes = [...values]
      .map((value, i) => ({ value: Math.abs(value), channel: Math.floor(i / taps) % inputs }))
      .filter(({ channel }) => channel >= first && channel < end);
    return magnitudes.reduce((sum, { value }) => sum + value, 0) / magnitudes.length;
  }
  const reuse = featureReuse(network, state);

  it('is the mean absolute weight of every connection', () => {
    expect(reuse.map((rows) => rows.map((row) => row.length))).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3],
    ]);
    const first = reuse[0] ?? [];
    expect(first[2]?.[0]).toBeCloseTo(plain('features.denseblock1.denselayer3.conv1.weight', 17, 0, 7), 12);
    expect(first[2]?.[2]).toBeCloseTo(plain('features.denseblock1.denselayer3.conv1.weight', 17, 12, 17), 12);
    expect(first[3]?.[3]).toBeCloseTo(plain('features.transition1.conv.weight', 22, 17, 22), 12);
    const last = reuse[1] ?? [];
    expect(last[2]?.[1]).toBeCloseTo(plain('classifier.weight', 16, 6, 11), 12);
  });

  it('is 0 where a connection is ablated, and unchanged everywhere else; the given state stays', () => {
    const ablated = [
      { block: 0, reader: 3, source: 1 },
      { block: 0, reader: 3, source: 0 },
      { block: 1, reader: 3, source: 2 },
    ];
    const before = structuredClone(state);
    const after = featureReuse(network, ablateConnections(network, state, ablated));
    expect(state).toEqual(before);
    for (const [block, rows] of reuse.entries()) {
      for (const [r, row] of rows.entries()) {
        for (const [source, value] of row.entries()) {
          const gone = ablated.some((c) => c.block === block && c.reader === r + 1 && c.source === source);
          expect(after[block]?.[r]?.[source]).toBe(gone ? 0 : value);
        }
      }
    }
  });

  it.each([
    { block: 2, reader: 1, source: 0 },
    { block: 0, reader: 1, source: 1 },
    { block: 0, reader: 5, source: 1 },
    { block: 0, reader: 2, source: -1 },
    { block: 0, reader: 1.5, source: 0 },
  ])('refuses to ablate %o', (connection) => {
    expect(() => ablateConnections(network, state, [connection])).toThrow(ConfigError);
  });

  it('has no numbers for a state that lacks a weight', () => {
    const less = new Map(state);
    less.delete('classifier.weight');
    expect(() => featureReuse(network, less)).toThrow(ConfigError);
  });
});

describe('what concatenation would copy', () => {
  it("adds up to the square of the layers, by DenseNet-121's third block", () => {
    const block = buildNetwork(PRESETS.densenet121).blocks[2];
    if (!block) throw new Error('DenseNet-121 has four blocks');
    const { channels, total, buffer } = concatenationCost(block);
    expect(channels.slice(0, 3)).toEqual([0, 288, 320]);
    expect(channels.length).toBe(25);
    // 24 readers of 256 channels each, and k (1 + 2 + ... + 24).
    expect(total).toBe(24 * 256 + (32 * 24 * 25) / 2);
    expect(buffer).toBe(1024);
  });

  it.each(['densenet121', 'plain-40-12'] as const)('is nothing in the plan of %s', (name) => {
    const { plan } = recordInference(buildNetwork(PRESETS[name]), 2);
    for (const { features } of plan.blocks) expect(copiedBytes(plan.program, features)).toBe(0);
  });

  it('is seen where a plan writes channels twice', () => {
    const { plan } = recordInference(buildNetwork(PRESETS['plain-40-12']), 2);
    const [block] = plan.blocks;
    const layer = plan.program.passes.find(({ label }) => label.includes('denselayer2.conv1'));
    if (!block || !layer) throw new Error('the first block has a second layer');
    plan.program.passes.push(layer);
    expect(copiedBytes(plan.program, block.features)).toBe(block.grid.bytes(12));
  });
});
