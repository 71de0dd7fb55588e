// Variants -> compute pipelines, compiled asynchronously and cached: one pipeline per distinct text. Bind group layouts are
// explicit, so that a bind group of one variant fits every other variant with the same bindings.

import { evaluateConstant } from './constant.ts';
import { DenseNetError, GpuError } from './errors.ts';
import { type AnyKernel, fieldBytes, isStorage, type Parameters } from './kernel.ts';
import { type Compiled, checkedGpu } from './run-kernel.ts';
import { moduleConstants, specialize, variantName } from './specialize.ts';
import { type MatrixCheck, tryMatrix } from './subgroup-matrix.ts';

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
  /** Try kernels with subgroup matrices. */
  readonly matrix?: boolean;
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
  ): Promise<Compiled> {
    const variants = this.variants.get(kernel) ?? new Map<string, Promise<Compiled>>();
    this.variants.set(kernel, variants);
    const name = `${variantName(kernel, parameters, promoted, packedF16)} ${unroll ? 'unrolled' : 'rolled'}`;
    const pipeline = variants.get(name) ?? this.make(kernel, parameters, promoted, packedF16, unroll);
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

  private make(
    kernel: AnyKernel,
    parameters: Parameters,
    promoted: readonly string[],
    packedF16: readonly string[],
    unroll: boolean,
  ): Promise<Compiled> {
    const { text, variant } = specialize(kernel, parameters, promoted, packedF16, this.features.subgroup, unroll);
    const known = this.pipelines.get(text);
    if (known) return known;
    const portable = this.compile(kernel, text, variant, promoted);
    const plain = promoted.length === 0 && packedF16.length === 0;
    const tried = this.features.matrix && plain && kernel.matrix?.supports(parameters) === true;
    const made = tried ? portable.then((p) => this.matrixOr(kernel, parameters, variant, p)) : portable;
    this.pipelines.set(text, made);
    return made;
  }

  private async matrixOr(
    kernel: AnyKernel,
    parameters: Parameters,
    variant: string,
    portable: Compiled,
  ): Promise<Compiled> {
    const { source = '', parts = [], parameters: stated = [] } = kernel.matrix ?? {};
    const own = Object.fromEntries(Object.entries(parameters).filter(([name]) => stated.includes(name)));
    const compile = () => {
      const { text } = specialize({ ...kernel, source, parts }, own);
      return this.compile(kernel, text, `${variant} matrices`, []);
    };
    const found = await tryMatrix(checkedGpu(this.device), kernel, parameters, portable, compile);
    const used = typeof found !== 'string';
    this.kernelChecks.push({ kernel: kernel.id, variant, used, ...(used ? {} : { why: found }) });
    return used ? found : portable;
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
