import { describe, expect, it } from 'vitest';
import { heatImage, inputImage } from './heat-map.ts';

const pixel = ({ data, width }: ReturnType<typeof heatImage>, y: number, x: number) => [
  ...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4),
];

describe('a heat map', () => {
  it('is warm above zero, cool below, as opaque as the value is large', () => {
    const image = heatImage(Float32Array.of(2, -1), 1, 2, 1);
    expect(pixel(image, 0, 0)).toEqual([255, 122, 26, 255]);
    expect(pixel(image, 0, 1)).toEqual([38, 132, 255, 128]);
  });

  it('holds its borders and runs evenly between the middles of cells', () => {
    const image = heatImage(Float32Array.of(0, 1), 1, 2, 4);
    expect(Array.from({ length: 8 }, (_, x) => pixel(image, 0, x)[3])).toEqual([0, 0, 32, 96, 159, 223, 255, 255]);
  });

  it('draws nothing where nothing is', () => {
    expect(heatImage(new Float32Array(4), 2, 2, 2).data.every((v, i) => i % 4 < 3 || v === 0)).toBe(true);
  });
});

describe('an input image', () => {
  it('is grey with one channel, and interleaved with three', () => {
    expect([...inputImage(Uint8Array.of(7, 9), 1, 1, 2).data]).toEqual([7, 7, 7, 255, 9, 9, 9, 255]);
    expect([...inputImage(Uint8Array.of(1, 2, 3, 4, 5, 6), 3, 1, 2).data]).toEqual([1, 3, 5, 255, 2, 4, 6, 255]);
  });
});
