// Variants -> compute pipelines, made asynchronously and kept: one pipeline a distinct text. Bind group layouts are
// explicit, so that a bind group of one variant fits every other variant with the same bindings.

import { GpuError } from './errors.ts';
import { type AnyKernel, fieldBytes, isStorage, type Parameters } from './kernel.ts';
import { specialize } from './specialize.ts';

export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export interface CompileRecord {
  readonly kernel: string;
  readonly variant: string;
  readonly milliseconds: number;
}

export class PipelineCache {
  private readonly pipelines = new Map<string, Promise<Compiled>>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  /** What was compiled, in the order it was asked for; times include what the driver did at once beside it. */
  readonly compiled: CompileRecord[] = [];

  constructor(
    private readonly device: GPUDevice,
    private readonly now: () => number,
    /** Invocations of the device's smallest subgroup, where shaders may use subgroup operations. */
    private readonly subgroup?: number,
  ) {}

  /** Distinct pipelines made so far. */
  get size(): number {
    return this.pipelines.size;
  }

  /**
   * The pipeline of a variant.
   * @throws GpuError with the compiler's own message when the shader does not compile
   */
  get(
    kernel: AnyKernel,
    parameters: Parameters,
    widened: readonly string[],
    halves: readonly string[] = [],
  ): Promise<Compiled> {
    const { text, variant } = specialize(kernel, parameters, widened, halves, this.subgroup);
    const known = this.pipelines.get(text);
    if (known) return known;
    const made = this.compile(kernel, text, variant, widened);
    this.pipelines.set(text, made);
    return made;
  }

  private async compile(
    kernel: AnyKernel,
    text: string,
    variant: string,
    widened: readonly string[],
  ): Promise<Compiled> {
    const start = this.now();
    const layout = this.layout(kernel, widened);
    const module = this.device.createShaderModule({ label: kernel.id, code: text });
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label: kernel.id,
        layout: this.device.createPipelineLayout({ label: kernel.id, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main' },
      });
      this.compiled.push({ kernel: kernel.id, variant, milliseconds: this.now() - start });
      return { pipeline, layout };
    } catch (cause) {
      const messages = (await module.getCompilationInfo()).messages
        .filter((m) => m.type === 'error')
        .map((m) => `line ${m.lineNum}: ${m.message}`);
      const reason = messages.join('\n') || (cause instanceof Error ? cause.message : String(cause));
      throw new GpuError(`${kernel.id} (${variant}) does not compile: ${reason}`, { cause });
    }
  }

  private layout(kernel: AnyKernel, widened: readonly string[]): GPUBindGroupLayout {
    const types = layoutTypes(kernel, widened);
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

/** GPUShaderStage.COMPUTE, stated because hosts differ in which WebGPU globals they have. */
const GPU_COMPUTE_STAGE = 4;

function layoutTypes(kernel: AnyKernel, widened: readonly string[]): GPUBufferBindingLayout[] {
  return Object.entries(kernel.bindings).map(([name, binding]) => {
    if (!isStorage(binding)) return { type: 'uniform', minBindingSize: fieldBytes(binding.fields) };
    const writable = binding.kind === 'write' || widened.includes(name);
    return { type: writable ? 'storage' : 'read-only-storage' };
  });
}
