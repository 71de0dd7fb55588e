import { expect, it } from 'vitest';
import * as errors from '../runtime/errors.ts';
import { decodeError, encodeError } from './message.ts';

const overTheWire = (error: unknown) => decodeError(JSON.parse(JSON.stringify(encodeError(error))));

const samples = [
  new errors.ConfigError('growth', 0, 'must be at least 1'),
  new errors.DataError('a.idx', 17, 'is cut short'),
  new errors.StateError('features.conv0.weight', 'is missing'),
  new errors.WeightsError('a.safetensors', '1 tensor is missing: b', { missing: ['b'], unknown: ['c'] }),
  new errors.LimitError('block 1 needs 3 GB', 41),
  new errors.NoGpuError('no adapter'),
  new errors.NoGpuError('no answer', { reason: 'timeout' }),
  new errors.DeviceLostError('destroyed'),
  new errors.DisposedError('Trainer'),
  new errors.GpuError('validation failed'),
  new errors.GpuError('no memory', { outOfMemory: true }),
  new errors.NotFiniteError(
    { kind: 'gradient', name: 'classifier.weight' },
    { step: 12, loss: Number.POSITIVE_INFINITY },
  ),
  new errors.NotFiniteError({ kind: 'image', image: 3 }, { images: [3, 7] }),
  new errors.StorageError('full', 'no room is left'),
  new errors.ShaderError('conv1x1/forward', 'binding 3 is missing'),
  new errors.WrongResultError('conv1x1/forward', 'out[3] is 2, not 1'),
];

it.each(samples.map((error) => [error.name, error] as const))('%s keeps class, code, fields and words', (_, error) => {
  const back = overTheWire(error);
  expect(back).toBeInstanceOf(error.constructor);
  expect(back.message).toBe(error.message);
  expect(back.name).toBe(error.name);
  expect(back.stack).toBe(error.stack);
  expect({ ...back, name: '' }).toEqual({ ...error, name: '' });
});

it('knows every typed error there is', () => {
  const classes = Object.values(errors).filter((type) => type !== errors.DenseNetError);
  expect(new Set(samples.map((sample) => sample.constructor))).toEqual(new Set(classes));
});

it('keeps the name and stack of an error that is not typed, and the words of what is no error', () => {
  const original = new RangeError('too far');
  const back = overTheWire(original);
  expect(back).not.toBeInstanceOf(errors.DenseNetError);
  expect([back.name, back.message, back.stack]).toEqual(['RangeError', 'too far', original.stack]);
  expect(overTheWire('a string').message).toBe('a string');
});
