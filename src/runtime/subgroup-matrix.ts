// Subgroup matrices, an experiment of browsers built on Dawn: whether a device may try them. Nothing is taken on trust: a
// kernel's text with subgroup matrices serves only once a trial on the device has agreed with its portable text.

import type { AnyKernel, Parameters } from './kernel.ts';
import { type Compiled, differenceInCheck } from './trial.ts';

export const SUBGROUP_MATRIX = 'chromium-experimental-subgroup-matrix' as GPUFeatureName;

/** Whether kernels are tried with subgroup matrices, and why not. */
export type MatrixUse =
  | {
      /** Kernels that have a text with subgroup matrices are checked, and use it where it agrees. */
      readonly tried: true;
    }
  | {
      /** They are not tried. */
      readonly tried: false;
      /** Why not. */
      readonly why: string;
    };

/** What became of one variant on this device. */
export type MatrixCheck = {
  /** The kernel's id. */
  readonly kernel: string;
  /** Sizes and types that its text was made for. */
  readonly variant: string;
  /** Whether subgroup matrices are used. */
  readonly used: boolean;
  /** Why the portable shader serves instead. */
  readonly why?: string;
};

/** The feature alone says nothing of types and sizes: the adapter lists those that it has. */
export function matrixUse(features: GPUSupportedFeatures, info: GPUAdapterInfo): MatrixUse {
  if (!features.has(SUBGROUP_MATRIX)) return { tried: false, why: 'the adapter has no subgroup matrices' };
  const configs: unknown = Reflect.get(info, 'subgroupMatrixConfigs');
  const listed = Array.isArray(configs) ? configs : [];
  if (listed.some(isFloat8)) return { tried: true };
  return { tried: false, why: `none of the adapter's ${listed.length} subgroup matrix configurations is 8x8x8 of f32` };
}

const isFloat8 = (config: Readonly<Record<string, unknown>>): boolean =>
  config.componentType === 'f32' &&
  config.resultComponentType === 'f32' &&
  [config.M, config.N, config.K].every((n) => n === 8);

/** The pipeline with subgroup matrices, or why the portable one has to serve. */
export async function tryMatrix(
  gpu: GPUDevice,
  kernel: AnyKernel,
  parameters: Parameters,
  portable: Compiled,
  compile: () => Promise<Compiled>,
): Promise<Compiled | string> {
  if (!kernel.matrix) return 'it has no text with subgroup matrices';
  try {
    const matrix = await compile();
    return (await differenceInCheck(gpu, kernel, parameters, kernel.matrix.kernelCheck, portable, matrix)) ?? matrix;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
