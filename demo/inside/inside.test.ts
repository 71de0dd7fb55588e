// The view's pure parts: where one is, the stripes' sizes, what a norm lets through, pictures of numbers.
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import type { InsideBlock } from '../worker/inside.ts';
import { bufferGeometry, hueOf } from './block-section.tsx';
import { channelEffect } from './norm-table.tsx';
import { placeText, readPart, readPlace } from './place.ts';
import { colourImage, signedImage, summary } from './tile-image.ts';

const blocksOf = (name: keyof typeof PRESETS): InsideBlock[] =>
  buildNetwork(PRESETS[name]).blocks.map(({ name, inputs, channels, map, layers, transition }) => ({
    name,
    inputs,
    channels,
    ...map,
    kept: transition?.conv.outputs ?? null,
    layers: layers.map((layer) => ({
      name: layer.name,
      inputs: layer.inputs,
      growthRate: layer.growthRate,
      bottleneckOutput: null,
    })),
  }));

describe('an address within the view', () => {
  const blocks = blocksOf('densenet121');
  it.each([
    ['block=3&layer=24', { block: 2, place: 24 }],
    ['block=3&layer=0', { block: 2, place: 0 }],
    ['', { block: 0, place: 6 }],
    ['block=99&layer=99', { block: 3, place: 17 }],
    ['block=-2&layer=1e400', { block: 0, place: 6 }],
    ['block=%&layer=two', { block: 0, place: 6 }],
  ])('%s is a place that is there', (within, place) => {
    expect(readPlace(within, blocks)).toEqual(place);
  });

  it.each([
    [[1, 2, 4], { block: 2, place: 4 }],
    [[2, 3, 1], { block: 1, place: 3 }],
    [[12, 12, 12], { block: 0, place: 12 }],
    [[1], { block: 0, place: 1 }],
  ])('without a block is the first of %j that makes a staircase', (layers, place) => {
    const blocks = layers.map((length) => ({ layers: blocksOf('bc-190-40')[0]?.layers.slice(0, length) ?? [] }));
    expect(readPlace('', blocks)).toEqual(place);
  });

  it('is read as it was written', () => {
    const place = { block: 3, place: 17 };
    expect(readPlace(`${placeText(place)}&part=reuse`, blocks)).toEqual(place);
    expect(readPart(`${placeText(place)}&part=reuse`)).toBe('reuse');
    expect(readPart('part=toString')).toBeUndefined();
  });
});

describe.each(['densenet121', 'plain-40-12', 'bc-190-40'] as const)("%s's buffers", (name) => {
  it.each(blocksOf(name).map((block) => [block.name, block] as const))('%s: to scale, and large enough', (_, block) => {
    const { stripes, height, pixelsPerChannel, reads } = bufferGeometry(block);
    expect(stripes.map(({ count }) => count)).toEqual([
      block.inputs,
      ...block.layers.map(({ growthRate }) => growthRate),
    ]);
    let top = 0;
    for (const stripe of stripes) {
      expect(stripe.top).toBeCloseTo(top, 6);
      expect(stripe.height / stripe.count).toBeCloseTo(pixelsPerChannel, 9);
      expect(stripe.height).toBeGreaterThanOrEqual(24);
      top += stripe.height;
    }
    expect(height).toBeCloseTo(top, 6);
    // A reader's prefix ends where its own slice begins.
    for (const [i, read] of reads.slice(0, -1).entries()) expect(read).toBeCloseTo(stripes[i + 1]?.top ?? -1, 6);
    expect(reads.at(-1)).toBeCloseTo(height, 6);
  });
});

it('gives neighbouring layers colours far apart, and what came in none', () => {
  expect(hueOf(0)).toBeUndefined();
  for (let source = 1; source < 64; source++) {
    const apart = Math.abs((hueOf(source) ?? 0) - (hueOf(source + 1) ?? 0));
    expect(Math.min(apart, 360 - apart)).toBeGreaterThan(100);
  }
});

describe('what a norm and its ReLU let through', () => {
  it.each([
    [2, 1, 0.5, 4],
    [-0.3, 0.2, -1, 0.01],
    [1, -5, 0, 1],
  ])('scale %d, shift %d, mean %d, variance %d', (scale, shift, mean, variance) => {
    const { slope, offset, passes } = channelEffect(scale, shift, mean, variance);
    const formula = (x: number) => Math.max(0, (scale * (x - mean)) / Math.sqrt(variance + 1e-5) + shift);
    for (const x of [-3, -0.1, 0, 0.7, 12]) expect(Math.max(0, slope * x + offset)).toBeCloseTo(formula(x), 6);
    if (passes.kind === 'constant') throw new Error('its slope is not zero');
    const inside = passes.kind === 'above' ? 1e-3 : -1e-3;
    expect(formula(passes.at + inside)).toBeGreaterThan(0);
    expect(formula(passes.at - inside)).toBe(0);
  });

  it('is one number where the scale is zero', () => {
    expect(channelEffect(0, 0.4, 3, 2)).toMatchObject({ slope: 0, offset: 0.4, passes: { kind: 'constant' } });
  });
});

describe('numbers as pictures', () => {
  it('shows sign by colour and size by opacity', () => {
    const { data } = signedImage([1, -2, 0, 0.5], 2, 2);
    expect([data[3], data[7], data[11], data[15]]).toEqual([128, 255, 0, 64]);
    expect(data[0]).toBeGreaterThan(data[2] ?? 255);
    expect(data[4]).toBeLessThan(data[6] ?? 0);
    expect(signedImage([0, 0], 1, 2).data.every((value, i) => i % 4 !== 3 || value === 0)).toBe(true);
  });

  it('shows three channels as one colour', () => {
    expect([...colourImage([1, 0, -1], 1, 1).data]).toEqual([255, 128, 0, 255]);
  });

  it('sums values up', () => {
    expect(summary([1, -4, 6])).toEqual({ least: -4, mean: 1, most: 6 });
  });
});
