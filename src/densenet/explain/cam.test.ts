import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../runtime/errors.ts';
import { createRandom } from '../../runtime/random.ts';
import { buildNetwork } from '../network.ts';
import { compileInference, DEFAULT_LIMITS } from '../plan/plan.ts';
import { classActivationMap, type Head } from './cam.ts';

const random = createRandom(7);
const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
const head: Head = {
  channels: 5,
  classes: 3,
  height: 2,
  width: 3,
  images: 2,
  stride: 64,
  features: normals(5 * 64),
  affine: normals(5 * 4),
  weight: normals(3 * 5),
  bias: normals(3),
};

describe('class activation map', () => {
  it('has the logit as its mean plus the bias, for every image and class', () => {
    for (const image of [0, 1]) {
      for (const label of [0, 1, 2]) {
        let logit = head.bias[label] ?? 0;
        for (let c = 0; c < 5; c++) {
          let pooled = 0;
          for (let i = 0; i < 6; i++) {
            const x = head.features[c * 64 + image * 6 + i] ?? 0;
            pooled += Math.max(0, x * (head.affine[4 * c] ?? 0) + (head.affine[4 * c + 1] ?? 0)) / 6;
          }
          logit += pooled * (head.weight[label * 5 + c] ?? 0);
        }
        const map = classActivationMap(head, image, label);
        const mean = map.reduce((sum, value) => sum + value, 0) / map.length;
        expect(mean + (head.bias[label] ?? 0)).toBeCloseTo(logit, 5);
      }
    }
  });

  it.each([
    [2, 0],
    [-1, 0],
    [0, 3],
    [0, 0.5],
  ])('refuses image %d, class %d', (image, label) => {
    expect(() => classActivationMap(head, image, label)).toThrow(ConfigError);
  });
});

describe('a plan that keeps features', () => {
  const network = buildNetwork({
    stem: 'imagenet',
    growthRate: 8,
    blockLayers: [3, 3],
    initialChannels: 16,
    bottleneckWidth: 4,
    compression: 0.5,
    dropout: 0,
    classes: 10,
    inputChannels: 1,
    height: 28,
    width: 28,
  });

  it('shares their memory with nothing that a later pass writes', () => {
    const { builder, io } = compileInference(network, 3, DEFAULT_LIMITS, { keepFeatures: true });
    const kept = io.features?.region.buffer;
    const home = builder.program.share().find(({ members }) => members.some((member) => member === kept));
    const written = home?.members.filter((member) => member !== kept && member.last > (kept?.first ?? 0));
    expect(kept?.last).toBe(Number.POSITIVE_INFINITY);
    expect(written).toEqual([]);
  });

  it('keeps every block where all are asked for, each in memory that nothing writes later', () => {
    const { builder, io } = compileInference(network, 3, DEFAULT_LIMITS, { keepFeatures: 'all' });
    expect(io.allFeatures?.length).toBe(2);
    expect(io.features).toBe(io.allFeatures?.at(-1));
    for (const { region } of io.allFeatures ?? []) {
      const home = builder.program.share().find(({ members }) => members.some((member) => member === region.buffer));
      expect(home?.members.filter((member) => member !== region.buffer && member.last > region.buffer.first)).toEqual(
        [],
      );
    }
    expect(compileInference(network, 3, DEFAULT_LIMITS, { keepFeatures: true }).io.allFeatures).toBeUndefined();
  });

  it('has none to give where nobody asked', () => {
    expect(compileInference(network, 3, DEFAULT_LIMITS).io.features).toBeUndefined();
  });
});
