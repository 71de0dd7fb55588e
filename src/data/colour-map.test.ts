import { describe, expect, it } from 'vitest';
import { COOL, colourMap, onRamp, WARM } from './colour-map.ts';

const at = (map: Float32Array, signed: boolean) => {
  const { data } = colourMap(map, { height: 1, width: map.length, rows: 1, columns: map.length, signed });
  return Array.from({ length: map.length }, (_, i) => [...data.subarray(4 * i, 4 * i + 4)]);
};

/** Relative luminance, as contrast is measured. */
const lightness = ([r = 0, g = 0, b = 0]: readonly number[]) => {
  const linear = (v: number) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
};

describe('colours of a map', () => {
  it('with a sign are warm and cool, as opaque as the value is large', () => {
    expect(at(Float32Array.of(4, 0, -2), true)).toEqual([
      [...WARM, 255],
      [...COOL, 0],
      [...COOL, 128],
    ]);
  });

  it('without one lie on the ramp, and nothing is drawn below zero', () => {
    const [none, most, below] = at(Float32Array.of(0, 5, -5), false);
    expect(none?.[3]).toBe(0);
    expect(most).toEqual([...onRamp(1), 255]);
    expect(below?.[3]).toBe(0);
  });

  it('get lighter all along the ramp', () => {
    const steps = Array.from({ length: 101 }, (_, i) => lightness(onRamp(i / 100)));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect((steps[100] ?? 0) / (steps[0] ?? 1)).toBeGreaterThan(20);
  });

  it('run between the middles of cells when enlarged to any size', () => {
    const size = { height: 2, width: 2, rows: 5, columns: 3, signed: false };
    const { data, width, height } = colourMap(Float32Array.of(1, 1, 1, 1), size);
    expect([width, height]).toEqual([3, 5]);
    expect(data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });
});
