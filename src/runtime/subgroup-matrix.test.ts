// The shaders with subgroup matrices, as far as a machine without them can tell: on Dawn's null backend, which has the
// feature and checks everything but runs nothing, each variant becomes a pipeline; and a shader that does not compile
// leaves the portable pipeline in place.
import { expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import { fake } from '../../tests/fixtures/fake.ts';
import { conv1x1Forward } from '../shaders/conv1x1/forward.ts';
import { PIXEL_TILES, pixelParameters } from '../shaders/conv1x1/tiles.ts';
import { PipelineCache } from './pipelines.ts';
import { matrixUse, SUBGROUP_MATRIX } from './subgroup-matrix.ts';

const SIZE = { inputs: 64, outputs: 32, columns: 49, stride: 64 };

// Kept to the end: Dawn crashes when its instance is collected before its devices.
Object.assign(globalThis, globals);
const instance = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
const adapter = await instance.requestAdapter();
const device = await adapter?.requestDevice({ requiredFeatures: ['subgroups', SUBGROUP_MATRIX] });

it('every variant that it supports becomes a valid pipeline, and is tried', async () => {
  if (!device) throw new Error('Dawn has no null backend');
  const pipelines = new PipelineCache(device, () => performance.now(), { matrix: true });
  const flags = [true, false].flatMap((a) => [true, false].map((b) => ({ HAS_PROLOGUE: a, HAS_BIAS: b })));
  for (const tile of PIXEL_TILES) {
    for (const flag of flags)
      await pipelines.get(conv1x1Forward, { ...conv1x1Forward.choose(SIZE), ...pixelParameters(tile), ...flag }, []);
  }
  const compiled = pipelines.compiled.filter(({ variant }) => variant.endsWith(' matrices'));
  expect(compiled.length, '32x32 and 64x32').toBe(2 * flags.length);
  expect(pipelines.kernelChecks).toHaveLength(compiled.length);
});

it('a shader that does not compile leaves the portable one', async () => {
  if (!device) throw new Error('Dawn has no null backend');
  const pipelines = new PipelineCache(device, () => performance.now(), { matrix: true });
  const { matrix } = conv1x1Forward;
  if (!matrix) throw new Error('conv1x1/forward has no text with subgroup matrices');
  const broken = { ...conv1x1Forward, matrix: { ...matrix, source: matrix.source.replace('col_major', 'diagonal') } };
  await pipelines.get(broken, { ...broken.choose(SIZE), HAS_BIAS: true }, []);
  expect(pipelines.kernelChecks).toMatchObject([{ used: false, why: expect.stringContaining('does not compile') }]);
});

it('the adapter must list 8x8x8 of f32', () => {
  const features: GPUSupportedFeatures = new Set([SUBGROUP_MATRIX]);
  const info = (...configs: object[]) => Object.assign(fake<GPUAdapterInfo>({}), { subgroupMatrixConfigs: configs });
  const float8 = { componentType: 'f32', resultComponentType: 'f32', M: 8, N: 8, K: 8 };
  expect(matrixUse(features, info({ ...float8, K: 16 }, float8))).toEqual({ tried: true });
  expect(matrixUse(features, info({ ...float8, componentType: 'f16' }))).toEqual({
    tried: false,
    why: "none of the adapter's 1 subgroup matrix configurations is 8x8x8 of f32",
  });
  expect(matrixUse(new Set<string>(), info(float8))).toMatchObject({ tried: false });
  expect(instance).toBeDefined();
});
