// Subgroup matrices, an experimental feature of browsers built on Dawn: what a device that may use them is asked for, and what
// the shaders are to the runtime. Whoever opens the device brings them (shaders/subgroup-matrices.ts): a page that does not
// carries none of it.

import type { AnyKernel, Parameters } from './kernel.ts';
import type { CheckedGpu, Compiled } from './run-kernel.ts';
import type { Specialized } from './specialize.ts';

export const SUBGROUP_MATRIX = 'chromium-experimental-subgroup-matrix' as GPUFeatureName;

/** Features that subgroup matrices want; an adapter may lack some. */
export const MATRIX_FEATURES: readonly GPUFeatureName[] = ['subgroups', 'shader-f16', SUBGROUP_MATRIX];

/** Bytes of workgroup memory that they use where there are so many: more than WebGPU's default. */
export const MATRIX_WORKGROUP_BYTES = 32_768;

/** What is multiplied; sums are float32. */
export type MatrixComponent = 'f32' | 'f16';

/** One of the products that an adapter lists: [M][K] by [K][N]. */
export interface MatrixShape {
  /** Rows. */
  readonly M: number;
  /** Columns. */
  readonly N: number;
  /** Terms of each sum. */
  readonly K: number;
}

/** What subgroup matrices a device has, and why it has none. */
export type MatrixUse =
  | {
      /** Kernels that have a text with subgroup matrices are checked, and use it where it is right. */
      readonly tried: true;
      /** The product of floats that is used; undefined: the adapter lists none that can be. */
      readonly f32: MatrixShape | undefined;
      /** The product of f16 values. */
      readonly f16: MatrixShape | undefined;
      /** The largest subgroup, in invocations. */
      readonly subgroupSize: number;
      /** Workgroup memory, in bytes. */
      readonly workgroupBytes: number;
      /** What else the adapter lists or lacks, for people. */
      readonly listed: string;
    }
  | {
      /** They are not tried. */
      readonly tried: false;
      /** Why not. */
      readonly why: string;
    };

/** The outcome for one variant on this device. */
export type MatrixCheck = {
  /** The kernel's id. */
  readonly kernel: string;
  /** Sizes and types that its text was made for. */
  readonly variant: string;
  /** Whether subgroup matrices are used. */
  readonly used: boolean;
  /** Why the portable shader is used instead. */
  readonly why?: string;
};

/** A variant of a kernel whose text is wanted. */
export interface MatrixVariant {
  readonly kernel: AnyKernel;
  readonly parameters: Parameters;
  readonly promoted: readonly string[];
  readonly packedF16: readonly string[];
}

/** Shaders with subgroup matrices: `subgroupMatrices`. */
export interface MatrixShaders {
  /**
   * Of all their texts: another version may be faster or slower.
   * @internal
   */
  readonly version: string;
  /**
   * What a device can use of what its adapter lists.
   * @internal
   */
  use(device: Pick<GPUDevice, 'features' | 'limits'>, info: GPUAdapterInfo): MatrixUse;
  /**
   * The text of a variant; undefined for kernels that have none, or why it has none.
   * @internal
   */
  text(use: MatrixUse, variant: MatrixVariant): Specialized | string | undefined;
  /**
   * Compares a pipeline with float64.
   * @returns the first value that is wrong; undefined where none is
   * @internal
   */
  check(device: CheckedGpu, compiled: Compiled, variant: MatrixVariant): Promise<string | undefined>;
}
