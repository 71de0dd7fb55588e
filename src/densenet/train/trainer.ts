// One training step after another: everything was decided when the plan was compiled. A step writes its batch and its
// settings, submits once per micro-batch, and resolves with the loss when the GPU gets there; nothing waits for it.

import { ConfigError, DisposedError, type NotFiniteError } from '../../runtime/errors.ts';
import { checkInstance } from '../../runtime/options.ts';
import type { Region } from '../../runtime/program.ts';
import { Snapshot } from '../../runtime/snapshot.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/usage.ts';
import { DenseNet } from '../model.ts';
import { normalisationTable } from '../normalisation.ts';
import { cleanResult, readResult } from '../plan/builder.ts';
import { compileTraining, type Plan } from '../plan/plan.ts';
import type { TrainingRegions } from '../plan/training.ts';
import { type Lent, type PreparedPlan, preparePlan } from '../runner.ts';
import { byParameter, type StateTensor, toStateDict } from '../state-dict.ts';
import { Flight, notFiniteStep } from './flight.ts';
import { MicroBatches } from './micro-batches.ts';
import {
  type Batch,
  checkedBatches,
  checkedOptions,
  givenSize,
  imagesOf,
  isAugmenter,
  rateOf,
  type StepResult,
  type TrainerOptions,
} from './trainer-options.ts';
import { checkTrainerState, type TrainerState } from './trainer-state.ts';

export type { Batch, StepResult, TrainerOptions } from './trainer-options.ts';

/** Trains a network, one submit per micro-batch; several steps may be under way at once. */
export class Trainer extends MicroBatches {
  private steps = 0;
  private snapshot: Snapshot | undefined;
  private flight = new Flight();

  private constructor(
    prepared: PreparedPlan<TrainingRegions>,
    /** Its options, as they were checked. */
    readonly options: TrainerOptions,
    private readonly optimizerState: readonly GPUBuffer[],
    /** For the last batch of an epoch, if that is smaller. */
    private readonly lastBatch: MicroBatches | undefined,
  ) {
    super(prepared);
  }

  /**
   * @throws ConfigError for options that cannot be, LimitError with the largest batch that fits, both before anything is
   * allocated; GpuError, DeviceLostError, DisposedError
   */
  static async create(model: DenseNet, given: TrainerOptions): Promise<Trainer> {
    checkInstance('model', model, DenseNet, 'DenseNet', 'await DenseNet.create(device, config)');
    const options = checkedOptions(given);
    model.assertAlive();
    const { device, network } = model;
    const { normalisation, loss = 'cross-entropy', recompute = false, inputGradient = false } = options;
    const { precision = 'f32', tileConfig, trainable, unroll, lastBatch } = options;
    const table = normalisation && normalisationTable(normalisation, network.config.inputChannels);
    const input = table ? 'bytes' : 'float';
    const optimizer = options.optimizer.kind;
    const augmenter = isAugmenter(options.augment) ? options.augment : undefined;
    augmenter?.check(network.config);
    const planOf = (batch: number) =>
      compileTraining(
        network,
        batch,
        { loss, optimizer, recompute, inputGradient, input, precision, tileConfig, trainable, augmenter },
        model.limits,
      );
    const plan = planOf(options.batch);
    const lastPlan = lastBatch === undefined ? undefined : planOf(lastBatch);
    const regions = plan.io.optimizerState;
    const state = await device.allocate(
      "allocating the optimizer's state",
      regions.map(({ buffer: { label, bytes: size } }) => ({ label, size, usage: STORAGE | COPY_SRC | COPY_DST })),
    );
    const buffers = new Map(state.flatMap((made, i) => (regions[i] ? [[regions[i].buffer, made] as const] : [])));
    const setup = { owner: 'Trainer', task: 'training', model, hasReadback: true, table, unroll };
    const prepared = await preparePlan({ ...setup, plan, buffers });
    if (!lastPlan) return new Trainer(prepared, options, state, undefined);
    try {
      const lent = lentTo(lastPlan, prepared);
      return new Trainer(
        prepared,
        options,
        state,
        new MicroBatches(await preparePlan({ ...setup, plan: lastPlan, lent })),
      );
    } catch (error) {
      new MicroBatches(prepared).destroy();
      throw error;
    }
  }

  /**
   * Steps submitted; one that was refused before (a batch or a rate that cannot be) does not count, nor one that has met NaN
   * or infinity and those behind it, as soon as that is known.
   */
  get stepCount(): number {
    return Math.min(this.steps, this.flight.failedAt ?? this.steps);
  }

  /**
   * One update from one batch, or from several micro-batches whose gradients are averaged. They are uploaded and submitted at
   * the call: the arrays may be used again at once, and steps that are not awaited run in the order of the calls.
   * @throws ConfigError when a batch is not `options.batch` images with their labels, or `schedule` gives no learning rate
   * (nothing is changed then); DisposedError, DeviceLostError, GpuError; NotFiniteError where the step has met NaN or
   * infinity, naming the first: an image, a tensor, the loss, a gradient, an update or a running statistic. The GPU itself
   * has then changed nothing, in this step and in those already submitted behind it, which reject with the same error. When
   * all of them have, the next step goes on from the last good state, under the failed step's number.
   */
  async step(batches: Batch | readonly [Batch, ...Batch[]]): Promise<StepResult> {
    this.assertAlive();
    const list = checkedBatches(this.model.config, this.options, batches);
    const step = this.steps;
    const learningRate = rateOf(this.options, step);
    const { failure, loss, correct } = await this.flown(step, `step ${step}`, (staging) => {
      this.submitStep(list, step, learningRate, staging);
      this.steps = step + 1;
    });
    if (failure) throw failure;
    return { step, loss, correct, learningRate };
  }

  /**
   * Forward and backward of one batch without an update: parameters do not move, running statistics do where they and the
   * loss are finite. What is not finite is given as it is. The batch is uploaded at the call, and what comes back is of that
   * moment.
   * @throws as `step`, but for NotFiniteError
   */
  async gradients(batch: Batch): Promise<{
    /** Mean over the batch. */
    loss: number;
    /** [N][classes] */
    logits: Float32Array;
    /** Of the parameters that are trained, by name. */
    gradients: Map<string, StateTensor>;
    /** [N][C][H][W], with the option `inputGradient`. */
    input?: Float32Array;
  }> {
    this.assertAlive();
    const { lastBatch: _, ...options } = this.options;
    const [one, ...more] = checkedBatches(this.model.config, options, batch);
    if (!one || more.length > 0) throw new ConfigError('batch', more.length + 1, 'batches; gradients takes one');
    const { io } = this.plan;
    // All copies are submitted before anything is awaited: a later call must not come between.
    const [result, logits, gradients, input] = await Promise.all([
      this.flown(this.steps, 'gradients', (staging) => {
        const place = { step: this.steps, micro: 0, firstImage: 0, images: this.plan.batch, learningRate: 0 };
        this.submitBatch({ batch: one, ...place }, this.options, ['pack', 'forward', 'backward', 'commit'], staging);
      }),
      this.copy(io.logits),
      this.copy(io.gradients),
      io.inputGradient && this.copy(io.inputGradient),
    ]);
    const of = { logits, gradients: byParameter(io.part, gradients) };
    return input ? { loss: result.loss, ...of, input } : { loss: result.loss, ...of };
  }

  /**
   * Makes room for `state`, as many bytes as its arenas have; afterwards taking a state allocates nothing on the GPU.
   * @throws GpuError when memory runs out, DisposedError, DeviceLostError
   */
  async prepareState(): Promise<void> {
    this.assertAlive();
    if (this.snapshot) return;
    const { device, parameters, running } = this.model;
    const made = await Snapshot.create(device, 'Trainer', [parameters, running, ...this.optimizerState]);
    // Of two that were made at once, one stays.
    if (this.snapshot || this.isDestroyed) made.destroy();
    else this.snapshot = made;
    this.assertAlive();
  }

  /**
   * All numbers of the run behind the step that was submitted last; later steps need not wait for it. Once `prepareState`
   * has been awaited that is the last step submitted before this call, unless an earlier state is still being read. Where a
   * step has met NaN or infinity, it is the state from before it.
   * @throws GpuError when memory runs out, DisposedError, DeviceLostError
   */
  async state(): Promise<TrainerState> {
    this.assertAlive();
    if (!this.snapshot) await this.prepareState();
    let [steps, flight, done] = [this.steps, this.flight, this.flight.last];
    const read = await this.snapshot?.take(() => {
      this.assertAlive();
      [steps, flight, done] = [this.steps, this.flight, this.flight.last];
    });
    // The GPU is past them; whether they were updates, their results tell.
    await done;
    steps = Math.min(steps, flight.failedAt ?? steps);
    this.model.assertLoaded();
    const arenas = (read ?? []).map((bytes) => new Float32Array(bytes.buffer));
    const [parameters = new Float32Array(), running = new Float32Array(), ...optimizerState] = arenas;
    return { steps, parameters, running, optimizerState };
  }

  /**
   * Goes on from a state of this network and optimizer: the next step gives the bits that it would have given there, with
   * the same options and batches. The arrays are read at the call, and loaded behind all that was submitted.
   * @throws StateError where it does not fit, and nothing is changed then; DisposedError, DeviceLostError
   */
  restore(state: TrainerState): void {
    if (this.isDestroyed) throw new DisposedError('Trainer');
    const { device, network } = this.model;
    checkTrainerState(network, this.plan.io.part, this.options.optimizer.kind, state);
    this.model.loadStateDict(toStateDict(network, state));
    const { accepted } = device.scoped("loading the optimizer's state", () => {
      for (const [i, values] of state.optimizerState.entries()) {
        const buffer = this.optimizerState[i];
        if (buffer) device.gpu.queue.writeBuffer(buffer, 0, values);
      }
    });
    this.model.watch(accepted);
    this.steps = state.steps;
    this.takeOff();
  }

  /** Bytes of GPU memory that it holds: its plan's, the optimizer's, and the room for states. */
  override get allocatedBytes(): number {
    return super.allocatedBytes + (this.lastBatch?.allocatedBytes ?? 0) + (this.snapshot?.bytes ?? 0);
  }

  override destroy(): void {
    super.destroy();
    this.lastBatch?.destroy();
    this.snapshot?.destroy();
  }

  /** Steps from here on know nothing of those before. */
  private takeOff(): void {
    this.upload(this.plan.io.result, cleanResult());
    this.flight = new Flight();
  }

  /** Forward and backward of each micro-batch, then the update. */
  private submitStep(list: readonly Batch[], step: number, learningRate: number, staging: GPUBuffer): void {
    const size = givenSize(this.model.config, this.options);
    const sizes = list.map((batch) => imagesOf(batch, size));
    const images = sizes.reduce((sum, size) => sum + size, 0);
    const runners = sizes.map((size) => (size === this.plan.batch ? this : (this.lastBatch ?? this)));
    // Both plans stage the same running statistics: neither may stage them anew within the step.
    for (const runner of new Set(runners)) runner.prepare();
    let firstImage = 0;
    for (const [micro, batch] of list.entries()) {
      const runner = runners[micro] ?? this;
      const pack = runners.indexOf(runner) === micro ? ['pack'] : [];
      const isLast = micro === list.length - 1;
      const sections = [...pack, 'forward', 'backward', ...(isLast ? ['update', 'commit'] : [])];
      const place = { step, micro, firstImage, images, learningRate };
      runner.submitBatch({ batch, ...place }, this.options, sections, isLast ? staging : undefined);
      firstImage += sizes[micro] ?? 0;
    }
  }

  /** Submits now what ends in a readback of the result; resolves with that, or with why the GPU has changed nothing. */
  private async flown(
    step: number,
    what: string,
    submit: (staging: GPUBuffer) => void,
  ): Promise<{ loss: number; correct: number; failure?: NotFiniteError }> {
    const { flight } = this;
    const read = this.submitted(what, (staging) => {
      submit(staging);
      this.noteChange();
    });
    const landed = flight.add(read);
    try {
      const { loss, correct, verdict, settled } = readResult(await read);
      if (settled) return { loss, correct };
      flight.failure ??= { step, error: notFiniteStep(this.model, this.plan.io.part, { step, loss, verdict }) };
      return { loss, correct, failure: await flight.failure.error };
    } finally {
      landed();
      if (flight.isEmpty && flight.failure && flight === this.flight && !this.isDestroyed) {
        this.steps = flight.failure.step;
        this.takeOff();
      }
    }
  }
}

/** What the plan of the last batch shares with the trainer's own, each by its buffer in the former. */
function lentTo({ io, builder }: Plan<TrainingRegions>, { plan, executable }: PreparedPlan<TrainingRegions>): Lent {
  const shared = (io: TrainingRegions, staged: Region | undefined) => [
    io.gradients,
    io.result,
    staged,
    ...io.optimizerState,
  ];
  const own = shared(plan.io, plan.builder.stagedIfUsed);
  const buffers = shared(io, builder.stagedIfUsed).flatMap((region, i) => {
    const of = own[i];
    return region && of ? [[region.buffer, executable.at(of).buffer] as const] : [];
  });
  return { buffers: new Map(buffers), scratch: executable.scratch };
}
