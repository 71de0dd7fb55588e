// From measured times to tiles, and what is read of a cached record.
import { describe, expect, it } from 'vitest';
import { conv1x1Forward } from '../../shaders/conv1x1/forward.ts';
import {
  type AutotunedClass,
  type AutotuneRecord,
  autotuneCacheKey,
  bestOf,
  emptyAutotuneRecord,
  mergeAutotuneRecords,
  parseAutotuneRecord,
  tileConfigOf,
} from './cache.ts';
import { classKey, classOf } from './candidates.ts';

const size = (inputs: number, columns = 6272, outputs = 128) => ({ inputs, outputs, columns, stride: columns });
const candidate = (tile: string, milliseconds: number | null, splitK = 1) => ({ tile, splitK, milliseconds });

/** Two points: `small` wins at 64 inputs, `large` at 1024; the default is `large`. */
const autotuned: AutotunedClass = {
  kernel: conv1x1Forward.id,
  map: '',
  bucket: 13,
  outputs: 128,
  points: [
    { inputs: 64, candidates: [candidate('large', 4), candidate('small', 1)] },
    { inputs: 1024, candidates: [candidate('large', 4), candidate('small', 16)] },
  ],
};
const autotuneRecord: AutotuneRecord = { ...emptyAutotuneRecord('key'), classes: [autotuned] };

describe('shape classes', () => {
  it('are the same for batches whose pixels have the same nearest power of two', () => {
    const key = (columns: number) => classKey(classOf('k', size(64, columns)) ?? { ...autotuned });
    expect(key(6272)).toBe(key(7840));
    expect(key(6272)).not.toBe(key(2 * 6272));
  });

  it('tell maps and output channels apart', () => {
    const of = (height: number, images: number, outputs: number) =>
      classOf('k', { images, height, width: 14, inputs: 8, outputs, stride: 0 });
    expect(of(14, 2, 32)).toMatchObject({ map: '14x14', bucket: 9, outputs: 32, inputs: 8 });
    expect(of(28, 1, 32)).toMatchObject({ map: '28x14', bucket: 9 });
    expect(classOf('k', { rows: 3 })).toBeUndefined();
  });

  it('of sums without tiles go by rows and by how much is added up', () => {
    const norm = { channels: 70, first: 64, tiles: 500, count: 31 };
    expect(classOf('k', norm)).toMatchObject({ map: '', bucket: 9, outputs: 0, inputs: 6 });
    expect(classOf('k', { ...norm, first: 70 })).toMatchObject({ inputs: 1 });
    expect(classOf('k', { count: 1024 })).toMatchObject({ bucket: 10, outputs: 0 });
    expect(classOf('k', { count: 1024, tensors: 3 }), 'tables of places are not measured').toBeUndefined();
  });
});

describe('tiles', () => {
  const { of } = tileConfigOf(autotuneRecord);
  const at = (inputs: number) => of(conv1x1Forward.id, size(inputs))?.tile;

  it('interpolate between points along the logarithm of the channels', () => {
    // Where the two cross: 16 ** share = 4, half-way in logarithms, at 256 channels.
    expect([at(64), at(200), at(240)]).toEqual(['small', 'small', 'small']);
    expect([at(260), at(512), at(1024)]).toEqual(['large', 'large', 'large']);
  });

  it('take the nearest point beyond the measured ones', () => {
    expect([at(8), at(4096)]).toEqual(['small', 'large']);
  });

  it('say nothing of classes that were not measured', () => {
    expect(of(conv1x1Forward.id, size(64, 100))).toBeUndefined();
    expect(of(conv1x1Forward.id, size(64, 6272, 64))).toBeUndefined();
    expect(of('conv3x3/forward', size(64))).toBeUndefined();
  });

  it('stay with the default where another is hardly faster, and leave out what was rejected', () => {
    expect(bestOf([candidate('default', 100), candidate('other', 98)])).toEqual({ tile: 'default', splitK: 1 });
    expect(bestOf([candidate('default', 100), candidate('other', 90, 2)])).toEqual({ tile: 'other', splitK: 2 });
    expect(bestOf([candidate('default', 100), candidate('wrong', null)])).toEqual({ tile: 'default', splitK: 1 });
    expect(bestOf([])).toBeUndefined();
    const grouped = (milliseconds: number) => ({ ...candidate('default', milliseconds), subgroups: true });
    expect(bestOf([candidate('default', 100), grouped(90)])).toEqual({ tile: 'default', splitK: 1, subgroups: true });
    expect(bestOf([candidate('default', 100), grouped(98)]), 'a gain below 3%').toEqual({ tile: 'default', splitK: 1 });
    expect(bestOf([candidate('default', 100), grouped(110)])).toEqual({ tile: 'default', splitK: 1 });
  });

  it('are of the newer record where two have the same class', () => {
    const newer = {
      ...autotuned,
      points: [{ inputs: 64, candidates: [candidate('large', 1), candidate('small', 4)] }],
    };
    const merged = mergeAutotuneRecords(autotuneRecord, [newer, { ...autotuned, bucket: 5 }]);
    expect(merged.classes).toHaveLength(2);
    expect(tileConfigOf(merged).of(conv1x1Forward.id, size(64))?.tile).toBe('large');
  });
});

describe('a cached record', () => {
  it('is read as it was written', () => {
    expect(parseAutotuneRecord(JSON.stringify(autotuneRecord), 'key')).toEqual({ autotuneRecord });
    expect(parseAutotuneRecord(undefined, 'key')).toEqual({ autotuneRecord: emptyAutotuneRecord('key') });
  });

  it.each([
    ['{', /is not JSON/],
    ['null', /is not an object/],
    [JSON.stringify({ ...autotuneRecord, version: 0 }), /has version 0, not 2/],
    [JSON.stringify({ ...autotuneRecord, key: 'other' }), /another GPU/],
    [JSON.stringify({ ...autotuneRecord, classes: undefined }), /has no classes/],
    [
      JSON.stringify({
        ...autotuneRecord,
        classes: [autotuned, { ...autotuned, points: [{ inputs: 0, candidates: [] }] }],
      }),
      /class 1/,
    ],
    [JSON.stringify({ ...autotuneRecord, classes: [{ ...autotuned, bucket: 'x' }] }), /class 0/],
    [
      JSON.stringify({
        ...autotuneRecord,
        classes: [{ ...autotuned, points: [{ inputs: 1, candidates: [candidate('a', -1)] }] }],
      }),
      /class 0/,
    ],
  ])('%s is ignored, and why is told', (text, problem) => {
    const read = parseAutotuneRecord(text, 'key');
    expect(read.autotuneRecord).toEqual(emptyAutotuneRecord('key'));
    expect(read.problem).toMatch(problem);
  });

  it('is of one adapter, agent, precision and text of the shaders', () => {
    const info = { vendor: 'v', architecture: 'a', device: 'd', description: 'driver 1' } as GPUAdapterInfo;
    const key = autotuneCacheKey(info, 'agent 1');
    expect(key).toMatch(/^v\|a\|d\|driver 1\|agent 1\|[0-9a-f]{16}\|f32$/);
    expect(autotuneCacheKey(info, 'agent 1')).toBe(key);
    expect(autotuneCacheKey({ ...info, description: 'driver 2' } as GPUAdapterInfo, 'agent 1')).not.toBe(key);
    expect(autotuneCacheKey(info, 'agent 2')).not.toBe(key);
    expect(autotuneCacheKey(info, 'agent 1', 'f16-storage')).not.toBe(key);
  });
});
