// A plan made real and filled with a batch, for its passes to be timed: random images and labels, parameters as they are
// at the start of a training, so that every pass meets numbers of the size that it is made for.

import { DenseNet } from '../../../src/densenet/model.ts';
import { describePlan, exceeds, largestBatch, type PassDescription } from '../../../src/densenet/plan/plan.ts';
import { OPTIMIZER_KERNELS } from '../../../src/densenet/plan/training.ts';
import { optimizerWith, updateValues } from '../../../src/densenet/train/optimizers.ts';
import { type PlanRequest, recordPlan } from '../../../src/jobs/compile.ts';
import type { Device } from '../../../src/runtime/device.ts';
import { LimitError } from '../../../src/runtime/errors.ts';
import { Executable } from '../../../src/runtime/executable.ts';
import { type Fields, fieldBytes, writeFields } from '../../../src/runtime/kernel.ts';
import type { Program } from '../../../src/runtime/program.ts';
import { createRandom } from '../../../src/runtime/random.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../../src/runtime/usage.ts';
import { NO_OP_STEP, STEP_FIELDS } from '../../../src/shaders/parts/step.ts';
import { randomImages } from '../../loaded-workload.ts';

export interface LoadedPlan {
  readonly program: Program;
  readonly run: Executable;
  /** The passes of one step, or of one inference: indices in `program.passes`, in their order. */
  readonly passes: readonly number[];
  readonly descriptions: readonly PassDescription[];
  readonly model: DenseNet;
  destroy(): void;
}

/** What runs for every batch; what runs once a set of weights is not timed. */
const SECTIONS = { inference: ['forward'], training: ['pack', 'forward', 'backward', 'update'] } as const;

/** So small that any number of steps on random labels keeps everything finite. */
const LEARNING_RATE = 1e-5;
const STORAGE_AND_COPIES = STORAGE | COPY_SRC | COPY_DST;

/**
 * With the tiles that the device is given where nothing else is asked.
 * @throws ConfigError, LimitError with the largest batch that fits, GpuError when memory runs out
 */
export async function loadPlan(device: Device, asked: PlanRequest): Promise<LoadedPlan> {
  const request: PlanRequest = { vendor: device.adapter.vendor, ...asked };
  const plan = recordPlan(request);
  const { program } = plan.builder;
  checkLimits(device, request, program);
  const made: { destroy(): void }[] = [];
  const destroy = () => {
    for (const each of made.splice(0)) each.destroy();
  };
  try {
    const model = await DenseNet.create(device, request.config, { seed: 1 });
    made.push(model);
    const external = model.externals(plan.builder);
    if ('optimizerState' in plan.io) {
      for (const { buffer } of plan.io.optimizerState) {
        const state = await device.checked("allocating the optimizer's state", () =>
          device.gpu.createBuffer({ label: buffer.label, size: buffer.bytes, usage: STORAGE_AND_COPIES }),
        );
        made.push(state);
        external.set(buffer, state);
      }
    }
    const run = await Executable.create(device, program, { given: external });
    made.push(run);
    const write = (region: typeof plan.io.input, data: ArrayBuffer) => {
      const { buffer, offset } = run.at(region);
      device.gpu.queue.writeBuffer(buffer, offset, data);
    };
    write(plan.io.input, randomImages(request, request.batch).buffer);
    write(plan.io.step, uniform(STEP_FIELDS, { ...NO_OP_STEP, seed: 1 }));
    if ('update' in plan.io && plan.io.update) {
      const { fields } = OPTIMIZER_KERNELS[request.optimizer];
      const values = updateValues(optimizerWith(request.optimizer), 1, LEARNING_RATE);
      write(plan.io.update, uniform(fields, values));
    }
    if ('labels' in plan.io) write(plan.io.labels, randomLabels(request).buffer);
    if (request.mode === 'inference') run.submit(['load']);
    const sections: readonly string[] = SECTIONS[request.mode];
    const passes = sections.flatMap((section) =>
      program.passes.flatMap((pass, index) => (pass.section === section ? [index] : [])),
    );
    return { program, run, passes, descriptions: describePlan(plan).passes, model, destroy };
  } catch (error) {
    destroy();
    throw error;
  }
}

function checkLimits(device: Device, request: PlanRequest, program: Program): void {
  const problem = exceeds(program, device.gpu.limits);
  if (!problem) return;
  const fits = (batch: number) =>
    exceeds(recordPlan({ ...request, batch }).builder.program, device.gpu.limits) === undefined;
  throw new LimitError(`batch ${request.batch}: ${problem}`, largestBatch(request.batch, fits));
}

function uniform(fields: Fields, values: Readonly<Record<string, number>>): ArrayBuffer {
  const data = new DataView(new ArrayBuffer(fieldBytes(fields)));
  writeFields(fields, values, data);
  return data.buffer;
}

function randomLabels({ loss, batch, config }: PlanRequest): Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  const random = createRandom(2);
  if (loss === 'cross-entropy') return Int32Array.from({ length: batch }, () => random.uint32() % config.classes);
  return Float32Array.from({ length: batch * config.classes }, () => random.uint32() % 2);
}
