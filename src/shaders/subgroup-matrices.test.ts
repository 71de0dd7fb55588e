// The shaders with subgroup matrices, as far as a machine without them can tell: on Dawn's null backend, which has the feature
// and checks everything but runs nothing, each variant becomes a pipeline. What they compute, an emulation tells
// (tests/e2e/kernels/subgroup-matrix.spec.ts).
import { describe, expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import { fake } from '../../tests/fixtures/fake.ts';
import { buildNetwork } from '../densenet/network.ts';
import { recordInference } from '../densenet/plan/inference.ts';
import { recordTraining } from '../densenet/plan/training.ts';
import { PRESETS } from '../densenet/presets.ts';
import { PipelineCache } from '../runtime/pipelines.ts';
import type { RecordedPass } from '../runtime/program.ts';
import { MATRIX_FEATURES, type MatrixShaders, type MatrixUse, SUBGROUP_MATRIX } from '../runtime/subgroup-matrix.ts';
import { subgroupMatrices } from './subgroup-matrices.ts';

// Kept to the end: Dawn crashes when its instance is collected before its devices.
Object.assign(globalThis, globals);
const instance = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
const adapter = await instance.requestAdapter();
const device = await adapter?.requestDevice({ requiredFeatures: [...MATRIX_FEATURES] });

const TRAINING = { loss: 'cross-entropy', optimizer: 'sgd' } as const;

/** Convolutions that can be by subgroup matrices, each variant once. */
function passesOf(name: keyof typeof PRESETS, batch: number): RecordedPass[] {
  const network = buildNetwork(PRESETS[name]);
  const precision = 'f16-matrix';
  const training = recordTraining(network, batch, { ...TRAINING, precision }).plan.program.passes;
  const inference = recordInference(network, batch, { precision }).plan.program.passes;
  const floats = recordInference(network, batch, { floatMatrices: true }).plan.program.passes;
  return [...training, ...inference, ...floats].filter(({ kernel }) => /^conv\dx\d\/forward/.test(kernel.id));
}

/** The null backend's subgroups are of up to 128, and a workgroup must be a multiple of them. */
const withLargeSubgroups: MatrixShaders = {
  ...subgroupMatrices,
  text: (use, variant) => {
    const made = subgroupMatrices.text(use, variant);
    if (typeof made !== 'object') return made;
    const threads = /^const THREADS\s*=\s*([^;]+);/m.exec(made.text);
    return { ...made, text: made.text.replace('@workgroup_size(THREADS)', `@workgroup_size(${threads ? 256 : 0})`) };
  },
  check: async () => undefined,
};

const use = (shape: { M: number; N: number; K: number }): MatrixUse => ({
  tried: true,
  f16: shape,
  f32: { M: 8, N: 8, K: 8 },
  subgroupSize: 32,
  workgroupBytes: 16_384,
  listed: '',
});

describe('every variant of the presets becomes a valid pipeline', () => {
  const passes = [
    ...[...passesOf('densenet121', 1), ...passesOf('densenet121', 32), ...passesOf('densenet161', 32)],
    ...[...passesOf('bc-100-12', 32), ...passesOf('plain-40-12', 32)],
  ];
  const shapes = [
    { M: 16, N: 16, K: 16 },
    { M: 8, N: 16, K: 16 },
    { M: 8, N: 8, K: 8 },
  ];
  it.each(shapes)('%j', async (shape) => {
    if (!device) throw new Error('Dawn has no null backend');
    const pipelines = new PipelineCache(device, () => performance.now(), {
      matrices: { shaders: withLargeSubgroups, use: use(shape) },
    });
    for (const { kernel, parameters, promoted, packedF16, shader } of passes)
      await pipelines.get(kernel, parameters, promoted, packedF16, false, shader);
    const refused = pipelines.kernelChecks.filter(({ used }) => !used).map(({ why }) => why);
    expect(refused.filter((why) => why?.includes('compile'))).toEqual([]);
    const f16 = pipelines.kernelChecks.filter(({ variant }) => variant.includes('f16:x'));
    expect(f16.filter(({ used }) => !used)).toEqual([]);
    expect(f16.length).toBeGreaterThan(20);
  });
});

describe('what a device can use', () => {
  const found = (features: readonly string[], ...configs: object[]) => {
    const limits = fake<GPUSupportedLimits>({ maxComputeWorkgroupStorageSize: 32_768 });
    const given = { features: new Set(features), limits };
    const info = { subgroupMaxSize: 32, subgroupMatrixConfigs: configs };
    return subgroupMatrices.use(
      fake<Pick<GPUDevice, 'features' | 'limits'>>(given),
      Object.assign(fake<GPUAdapterInfo>({}), info),
    );
  };
  const config = (M: number, N: number, K: number, componentType: string, resultComponentType = 'f32') => ({
    ...{ M, N, K, componentType, resultComponentType },
  });

  it('is the largest product with float32 sums', () => {
    const all = [
      config(8, 8, 8, 'f16'),
      config(16, 16, 16, 'f16'),
      config(8, 8, 8, 'f32'),
      config(8, 8, 8, 'f16', 'f16'),
    ];
    const best = { tried: true, f16: { M: 16, N: 16, K: 16 }, f32: { M: 8, N: 8, K: 8 }, subgroupSize: 32 };
    expect(found(MATRIX_FEATURES, ...all)).toMatchObject(best);
  });

  it('is none without a feature or a product, and says which', () => {
    expect(found(['subgroups'])).toEqual({
      tried: false,
      why: `the adapter has no shader-f16, no ${SUBGROUP_MATRIX}`,
    });
    const integers = found(MATRIX_FEATURES, config(16, 16, 32, 'i8', 'i32'), config(16, 16, 16, 'f16', 'f16'));
    expect(integers).toEqual({
      tried: false,
      why: 'subgroup matrices that it lists: 16x16x32 i8 -> i32, 16x16x16 f16 -> f16',
    });
    expect(found(['subgroups', SUBGROUP_MATRIX], config(8, 8, 8, 'f16'), config(8, 8, 8, 'f32'))).toMatchObject({
      tried: true,
      f16: undefined,
      listed: expect.stringContaining('no shader-f16'),
    });
    expect(instance).toBeDefined();
  });
});
