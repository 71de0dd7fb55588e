// Which pipelines run a plan's passes. The texts whose loops are kept compile several times faster on a software adapter and
// run slower; a plan may start with them and have them replaced while it runs. Both give the same bits: the same sums in the
// same order, each multiply-add an explicit `fma`, and one compiler. It knows nothing of memory or bind groups: both texts of
// a variant have the same bindings, and so the same layout.

import type { Device } from './device.ts';
import { GpuError } from './errors.ts';
import { oneOf, type Rule } from './options.ts';
import type { RecordedPass } from './program.ts';
import type { Compiled } from './run-kernel.ts';

/**
 * Whether the shaders' inner loops are unrolled as text: same results to the bit, at another time. 'auto': a hardware adapter gets
 * unrolled texts; a software adapter starts with loops, and the unrolled texts are compiled beside a run that has become long
 * enough to be worth it.
 */
export type Unroll = boolean | 'auto';

export const UNROLL: Rule = oneOf(true, false, 'auto');

/** How far compiling a plan is. */
export interface CompileProgress {
  /** Pipelines that are ready. */
  readonly done: number;
  /** Distinct pipelines of the plan. */
  readonly total: number;
}

/** Told each time that a pipeline is ready. */
export type OnCompile = (progress: CompileProgress) => void;

type Pass = Pick<RecordedPass, 'kernel' | 'parameters' | 'promoted' | 'packedF16' | 'shader' | 'cost'>;

/**
 * At least so many times what compiling with loops took has passed since the first run before anything is compiled again: by
 * then the run has paid for it, and a short run compiles nothing in vain.
 */
const WORTH = 2;

const request = (device: Device, { kernel, parameters, promoted, packedF16, shader }: Pass, unroll: boolean) =>
  device.pipelines.get(kernel, parameters, promoted, packedF16, unroll, shader);

/** The pipelines of a plan, one per pass. */
export class PlanPipelines {
  /** Nothing is left to be started. */
  private isStarted: boolean;
  private isStopped = false;
  private firstRun: number | undefined;

  private constructor(
    private readonly device: Device,
    private readonly passes: readonly Pass[],
    private readonly serving: Compiled[],
    /** What compiling them took, in milliseconds, where others are to replace them. */
    private readonly compileMs: number | undefined,
  ) {
    this.isStarted = compileMs === undefined;
  }

  /**
   * Compiles, in the order of the passes, each distinct text once.
   * @throws GpuError where a shader does not compile, DeviceLostError, DisposedError; what `onCompile` throws
   */
  static async create(
    device: Device,
    passes: readonly Pass[],
    unroll: Unroll,
    onCompile?: OnCompile,
  ): Promise<PlanPipelines> {
    const isInterim = unroll === 'auto' && device.adapter.software;
    const asked = passes.map((pass) => request(device, pass, unroll !== false && !isInterim));
    const distinct = [...new Set(asked)];
    let done = 0;
    const counted = distinct.map(async (pipeline) => {
      await pipeline;
      onCompile?.({ done: ++done, total: distinct.length });
    });
    const [serving] = await Promise.all([Promise.all(asked), Promise.all(counted)]);
    // All were asked for at once. Those of a plan before this one took their time as well.
    const compileMs = Math.max(0, ...serving.map((compiled) => device.pipelines.millisecondsOf(compiled)));
    return new PlanPipelines(device, passes, serving, isInterim ? compileMs : undefined);
  }

  /** What serves a pass now. @throws GpuError for a pass that the plan does not have */
  at(index: number): Compiled {
    const compiled = this.serving[index];
    if (!compiled) throw new GpuError(`there is no pass ${index}`);
    return compiled;
  }

  /** To be called when the plan is about to run. */
  noteRun(): void {
    if (this.isStarted || this.isStopped) return;
    const now = this.device.now();
    this.firstRun ??= now;
    if (now - this.firstRun < WORTH * (this.compileMs ?? 0)) return;
    this.isStarted = true;
    // With what it has, the plan goes on after an error.
    this.replace().catch((error: unknown) => this.device.report(error));
  }

  /** Nothing is replaced from here on; what is being compiled is let go. */
  destroy(): void {
    this.isStopped = true;
  }

  private async replace(): Promise<void> {
    // Those first that compute most.
    const flops = new Map<Compiled, number>();
    for (const [i, { cost }] of this.passes.entries()) {
      const interim = this.at(i);
      flops.set(interim, (flops.get(interim) ?? 0) + cost.flops);
    }
    for (const [interim] of [...flops].toSorted(([, a], [, b]) => b - a)) {
      const pass = this.passes[this.serving.indexOf(interim)];
      if (!pass || this.isStopped) return;
      // One at a time per plan: of two processors the plan needs one.
      const unrolled = await request(this.device, pass, true);
      for (const [i, served] of this.serving.entries()) if (served === interim) this.serving[i] = unrolled;
    }
  }
}
