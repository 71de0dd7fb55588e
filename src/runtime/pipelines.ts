// Variants -> compute pipelines, compiled asynchronously and cached: one pipeline per distinct text. Bind group layouts are
// explicit, so that a bind group of one variant fits every other variant with the same bindings.

import { evaluateConstant } from './constant.ts';
import { DenseNetError, GpuError } from './errors.ts';
import { type AnyKernel, fieldBytes, isStorage, type Parameters, type ShaderKind } from './kernel.ts';
import { type Compiled, checkedGpu } from './run-kernel.ts';
import { moduleConstants, type Specialized, specialize, variantName } from './specialize.ts';
import type { MatrixCheck, MatrixShaders, MatrixUse, MatrixVariant } from './subgroup-matrix.ts';

/** A pipeline that was compiled. */
export interface CompileRecord {
  /** The kernel's id. */
  readonly kernel: string;
  /** Its parameters, as they tell variants apart. */
  readonly variant: string;
  /** What compiling it took. */
  readonly milliseconds: number;
}

export interface PipelineFeatures {
  /** Invocations of the device's smallest subgroup, where shaders may use subgroup operations. */
  readonly subgroup?: number | undefined;
  /** Shaders with subgroup matrices, and what the device has of these. */
  readonly matrices?: { readonly shaders: MatrixShaders; readonly use: MatrixUse } | undefined;
  /** Told what is done instead of what was asked for. */
  readonly onNote?: (note: string) => void;
}

/** A device's compiled pipelines. */
export class PipelineCache {
  private readonly pipelines = new Map<string, Promise<Compiled>>();
  /** The same by kernel and variant: most passes of a plan use another's variant, whose text need not be made again. */
  private readonly variants = new WeakMap<AnyKernel, Map<string, Promise<Compiled>>>();
  /** What compiling each took, in milliseconds. */
  private readonly took = new WeakMap<Compiled, number>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  /** What was compiled, in the order it was asked for; times include what the driver did at once beside it. */
  readonly compiled: CompileRecord[] = [];
  /** The outcome for each variant that was checked with subgroup matrices. */
  readonly kernelChecks: MatrixCheck[] = [];

  /** @internal */
  constructor(
    private readonly device: GPUDevice,
    private readonly now: () => number,
    private readonly features: PipelineFeatures = {},
    /** What the GPU answers, or a rejection when the device goes away (`Device.settled`). */
    private readonly settled: <T>(answer: Promise<T>) => Promise<T> = (answer) => answer,
  ) {}

  /** Distinct pipelines made so far. */
  get size(): number {
    return this.pipelines.size;
  }

  /**
   * Of the shaders with subgroup matrices; undefined where there are none.
   * @internal
   */
  get matrixVersion(): string | undefined {
    return this.features.matrices?.shaders.version;
  }

  /**
   * The pipeline of a variant.
   * @internal
   * @throws GpuError with the compiler's own message when the shader does not compile
   */
  get(
    kernel: AnyKernel,
    parameters: Parameters,
    promoted: readonly string[],
    packedF16: readonly string[] = [],
    unroll = true,
    shader: ShaderKind = 'portable',
  ): Promise<Compiled> {
    const variants = this.variants.get(kernel) ?? new Map<string, Promise<Compiled>>();
    this.variants.set(kernel, variants);
    const name = `${variantName(kernel, parameters, promoted, packedF16)} ${unroll ? 'unrolled' : 'rolled'} ${shader}`;
    const pipeline = variants.get(name) ?? this.make({ kernel, parameters, promoted, packedF16 }, unroll, shader);
    variants.set(name, pipeline);
    return pipeline;
  }

  /**
   * What compiling took, in milliseconds, for whichever plan it was.
   * @internal
   */
  millisecondsOf(compiled: Compiled): number {
    return this.took.get(compiled) ?? 0;
  }

  private make(variant: MatrixVariant, unroll: boolean, shader: ShaderKind): Promise<Compiled> {
    const { kernel, parameters, promoted, packedF16 } = variant;
    const subgroup = shader === 'subgroups' ? this.features.subgroup : undefined;
    const { matrices } = this.features;
    const matrix = shader === 'matrix' ? matrices?.shaders.text(matrices.use, variant) : undefined;
    if (typeof matrix === 'string') this.noteMatrix(variant, matrix);
    const isMatrix = typeof matrix === 'object';
    const made = isMatrix ? matrix : specialize(kernel, parameters, promoted, packedF16, subgroup, unroll);
    // Portable variants may differ where the texts with matrices do not, and one of them may have to stand in.
    const key = isMatrix ? `${made.variant}\n${made.text}` : made.text;
    const known = this.pipelines.get(key);
    if (known) return known;
    const pipeline = isMatrix
      ? this.checkedMatrix(variant, made, unroll)
      : this.compile(kernel, made.text, made.variant, promoted);
    this.pipelines.set(key, pipeline);
    return pipeline;
  }

  /** A pipeline with subgroup matrices where it is right on this GPU, else the portable one. */
  private async checkedMatrix(variant: MatrixVariant, made: Specialized, unroll: boolean): Promise<Compiled> {
    const { kernel, parameters, promoted, packedF16 } = variant;
    try {
      const compiled = await this.compile(kernel, made.text, made.variant, promoted);
      const checked = this.features.matrices?.shaders.check(checkedGpu(this.device), compiled, variant);
      const problem = checked && (await this.settled(checked));
      this.noteMatrix(variant, problem);
      if (problem === undefined) return compiled;
    } catch (error) {
      if (!(error instanceof GpuError)) throw error;
      this.noteMatrix(variant, error.message);
    }
    return this.get(kernel, parameters, promoted, packedF16, unroll);
  }

  /** @param why it is not used; left out: it is */
  private noteMatrix({ kernel, parameters, promoted, packedF16 }: MatrixVariant, why?: string): void {
    const variant = variantName(kernel, parameters, promoted, packedF16);
    this.kernelChecks.push({ kernel: kernel.id, variant, used: why === undefined, ...(why !== undefined && { why }) });
    if (why !== undefined) this.features.onNote?.(`${kernel.id} (${variant}) does without subgroup matrices: ${why}`);
  }

  private async compile(
    kernel: AnyKernel,
    text: string,
    variant: string,
    promoted: readonly string[],
  ): Promise<Compiled> {
    const start = this.now();
    const layout = this.layout(kernel, promoted);
    // What is wrong with the text makes the pipeline fail, which says more; the module's own error is that one again.
    this.device.pushErrorScope('validation');
    const module = this.device.createShaderModule({ label: kernel.id, code: text });
    this.device.popErrorScope().catch(() => undefined);
    try {
      const answer = this.device.createComputePipelineAsync({
        label: kernel.id,
        layout: this.device.createPipelineLayout({ label: kernel.id, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main' },
      });
      const pipeline = await this.settled(answer);
      const made: Compiled = { pipeline, layout };
      const milliseconds = this.now() - start;
      this.compiled.push({ kernel: kernel.id, variant, milliseconds });
      this.took.set(made, milliseconds);
      return made;
    } catch (cause) {
      if (cause instanceof DenseNetError) throw cause;
      const messages = (await this.settled(module.getCompilationInfo())).messages
        .filter((m) => m.type === 'error')
        .map((m) => `line ${m.lineNum}: ${m.message}`);
      const reason = messages.join('\n') || (cause instanceof Error ? cause.message : String(cause));
      const refusedThreads = messages.length === 0 ? threadsOf(text) : undefined;
      throw new GpuError(`${kernel.id} (${variant}) does not compile: ${reason}`, { cause, refusedThreads });
    }
  }

  private layout(kernel: AnyKernel, promoted: readonly string[]): GPUBindGroupLayout {
    const types = layoutTypes(kernel, promoted);
    const key = JSON.stringify(types);
    const known = this.layouts.get(key);
    if (known) return known;
    const layout = this.device.createBindGroupLayout({
      label: kernel.id,
      entries: types.map((buffer, binding) => ({ binding, visibility: GPU_COMPUTE_STAGE, buffer })),
    });
    this.layouts.set(key, layout);
    return layout;
  }
}

/** Threads of a shader's workgroup, which has one dimension. */
export function threadsOf(text: string): number | undefined {
  const [, size = ''] = /@workgroup_size\((\w+)\)/.exec(text) ?? [];
  return evaluateConstant(size, moduleConstants(text));
}

/** GPUShaderStage.COMPUTE, stated because hosts differ in which WebGPU globals they have. */
const GPU_COMPUTE_STAGE = 4;

function layoutTypes(kernel: AnyKernel, promoted: readonly string[]): GPUBufferBindingLayout[] {
  return Object.entries(kernel.bindings).map(([name, binding]) => {
    if (!isStorage(binding)) return { type: 'uniform', minBindingSize: fieldBytes(binding.fields) };
    const writable = binding.kind === 'write' || promoted.includes(name);
    return { type: writable ? 'storage' : 'read-only-storage' };
  });
}
