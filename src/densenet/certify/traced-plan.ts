// A plan on the GPU, run pass by pass, each held against float64: what a certificate starts from.

import { pause } from '../../runtime/opening.ts';
import type { RecordedPass, Region } from '../../runtime/program.ts';
import { type Signal, throwIfAborted } from '../../runtime/signal.ts';
import type { DenseNet } from '../model.ts';
import type { Plan } from '../plan/plan.ts';
import { preparePlan, type RunnerRegions } from '../runner.ts';
import type { PlanName, WorstPass, Wrong } from './certificate.ts';
import { checkPass } from './check-pass.ts';
import { GpuMasks } from './masks.ts';
import { type TracedMemory, tracePasses } from './trace.ts';

/** What a certificate is told to do beside the network and its batch. */
export interface CertifyControl {
  /** Whether the shaders' inner loops are unrolled; false compiles faster and runs slower. Default true. */
  readonly unroll?: boolean | undefined;
  /** Told how far it is. */
  readonly onProgress?: ((progress: CertifyProgress) => void) | undefined;
  /** Ends it early, with the signal's reason. */
  readonly signal?: Signal | undefined;
  /**
   * Passes in the place of the plan's, for tests.
   * @internal
   */
  readonly replace?: ((pass: RecordedPass) => RecordedPass) | undefined;
}

export interface CertifyProgress {
  readonly stage: 'passes' | 'float64';
  readonly plan: PlanName;
  /** Passes that were checked, or reference networks that were computed, of so many. */
  readonly done: number;
  readonly of: number;
}

export interface TracedPlan {
  /** What the buffers hold at the end. */
  readonly memory: TracedMemory;
  readonly masks: GpuMasks;
  readonly checked: number;
  readonly worst: WorstPass;
  readonly unchecked: ReadonlySet<string>;
  /** The running statistics at the end, as the arena has them. */
  readonly running: Float32Array<ArrayBuffer>;
  /** The first wrong pass; those behind it were not run. */
  readonly wrong: Wrong | undefined;
}

/** How long it computes before others get a turn, in milliseconds. */
const TURN_MS = 200;

/** Lets others have a turn where it has computed for long. @throws the signal's reason where it was aborted */
export function turns(now: () => number, signal: Signal | undefined): () => Promise<void> {
  let last = now();
  return async () => {
    throwIfAborted(signal);
    if (now() - last < TURN_MS) return;
    await pause(0);
    last = now();
  };
}

/**
 * @param given what is written into which region ahead of the first pass
 * @throws GpuError, DeviceLostError, DisposedError
 */
export async function tracePlan<Regions extends RunnerRegions>(
  model: DenseNet,
  plan: Plan<Regions>,
  name: PlanName,
  sections: readonly string[],
  given: ReadonlyMap<Region, ArrayBufferView<ArrayBuffer>>,
  { unroll = true, onProgress, signal, replace }: CertifyControl,
): Promise<TracedPlan> {
  const { device, network } = model;
  const { program } = plan.builder;
  if (replace) for (const [i, pass] of program.passes.entries()) program.passes[i] = replace(pass);
  const task = 'certifying';
  const setup = { owner: 'Certificate', task, model, plan, hasReadback: false, unroll, onCompile: undefined };
  const { executable } = await preparePlan(setup);
  try {
    await device.checked(task, () => {
      for (const [region, values] of given) executable.upload(region, values);
    });
    const masks = new GpuMasks(plan.builder, network);
    const of = program.passes.filter(({ section }) => sections.includes(section)).length;
    const unchecked = new Set<string>();
    const rest = turns(device.now, signal);
    let [done, checked] = [0, 0];
    let worst: WorstPass = { label: '', times: 0 };
    let wrong: Wrong | undefined;
    const memory = await tracePasses(device, program, executable, sections, async (visit) => {
      const { index, pass } = visit;
      masks.capture(visit);
      const result = checkPass(pass, visit.memory, visit.written);
      masks.noteRounding(visit, result.multiplyAdd);
      if (result.worst > worst.times) worst = { label: pass.label, times: result.worst };
      if (result.isChecked) checked++;
      else unchecked.add(pass.kernel.id);
      onProgress?.({ stage: 'passes', plan: name, done: ++done, of });
      await rest();
      if (result.problem === undefined) return true;
      const { section, label, kernel } = pass;
      const { problem, wrong: elements } = result;
      wrong = {
        kind: 'pass',
        plan: name,
        index,
        passes: program.passes.length,
        section,
        label,
        kernel: kernel.id,
        problem,
        elements,
      };
      return false;
    });
    const running = new Float32Array(memory.at(plan.builder.running).slice().buffer);
    return { memory, masks, checked, worst, unchecked, running, wrong };
  } finally {
    executable.destroy();
  }
}
