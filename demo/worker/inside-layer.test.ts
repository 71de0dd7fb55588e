// Which passes, channels and tensors belong to a place of a network: together they are all of it, each once.
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/densenet/network.ts';
import { recordInference } from '../../src/densenet/plan/inference.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { layerParts } from './inside-layer.ts';

describe.each(['densenet121', 'plain-40-12', 'bc-100-12'] as const)('%s', (name) => {
  const network = buildNetwork(PRESETS[name]);
  const places = network.blocks.flatMap(({ layers }, block) =>
    // What came into a later block is what the transition before it made: the same place.
    Array.from({ length: layers.length + 2 }, (_, place) => ({ block, place })).slice(block === 0 ? 0 : 1),
  );

  it('gives each pass of a run to one place, but for the one that lays out the picture', () => {
    const labels = recordInference(network, 1)
      .plan.program.passes.filter(({ section }) => section === 'forward')
      .map(({ label }) => label);
    const owners = labels.map((label) => places.filter((place) => layerParts(network, place).owns(label)).length);
    const owned = labels.filter((_, i) => owners[i] === 1);
    expect(labels.filter((_, i) => owners[i] !== 1)).toEqual(labels.filter((label) => label.startsWith('layout/')));
    expect(owned.length).toBeGreaterThan(places.length - 1);
    for (const place of places) expect(labels.some(layerParts(network, place).owns)).toBe(true);
  });

  it('gives each weight and norm to one place', () => {
    const parts = places.map((place) => layerParts(network, place));
    const names = parts.flatMap(({ weights }) => weights.map((weight) => weight.name));
    const roles = ['convolution', 'linear'];
    expect(names.toSorted()).toEqual(
      network.parameters
        .filter(({ role }) => roles.includes(role))
        .map((parameter) => parameter.name)
        .toSorted(),
    );
    const norms = parts.flatMap((part) => part.norms.map((norm) => norm.name));
    expect(norms.toSorted()).toEqual(network.norms.map((norm) => norm.name).toSorted());
  });

  it('has written each channel of each block once', () => {
    for (const [b, { channels }] of network.blocks.entries()) {
      const ranges = places
        .flatMap((place) => layerParts(network, place).written ?? [])
        .filter(({ block }) => block === b)
        .toSorted((x, y) => x.first - y.first);
      let end = 0;
      for (const { first, count } of ranges) {
        expect(first).toBe(end);
        end += count;
      }
      expect(end).toBe(channels);
    }
  });

  it('takes what came into a later block for the transition before it', () => {
    const into = layerParts(network, { block: 1, place: 0 });
    const after = layerParts(network, { block: 0, place: (network.blocks[0]?.layers.length ?? 0) + 1 });
    expect([into.written, into.weights, into.norms]).toEqual([after.written, after.weights, after.norms]);
  });

  it.each([
    { block: 9, place: 0 },
    { block: 0, place: -1 },
    { block: 0, place: 99 },
    { block: 0, place: 0.5 },
  ])('has no place %o', (place) => {
    expect(() => layerParts(network, place)).toThrow(ConfigError);
  });
});
