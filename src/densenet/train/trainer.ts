// One training step after another: everything was decided when the plan was compiled. A step writes its batch and its
// settings, submits once per micro-batch, and resolves with the loss when the GPU gets there; nothing waits for it.

import { ConfigError, DisposedError, type NotFiniteError } from '../../runtime/errors.ts';
import { checkInstance } from '../../runtime/options.ts';
import { randomAt } from '../../runtime/random.ts';
import { Snapshot } from '../../runtime/snapshot.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/usage.ts';
import { AUGMENT_FIELDS } from '../../shaders/layout/augment.ts';
import { STEP_FIELDS } from '../../shaders/parts/step.ts';
import { DenseNet } from '../model.ts';
import { normalisationTable } from '../normalisation.ts';
import { cleanResult, readResult } from '../plan/builder.ts';
import { compileTraining } from '../plan/plan.ts';
import { OPTIMIZER_KERNELS, type TrainingRegions } from '../plan/training.ts';
import { type PreparedPlan, preparePlan, Runner } from '../runner.ts';
import { byParameter, type StateTensor, toStateDict } from '../state-dict.ts';
import { augmentValues, NO_AUGMENTATION } from './augmentation.ts';
import { Flight, notFiniteStep } from './flight.ts';
import { updateValues } from './optimizers.ts';
import {
  type Batch,
  checkedBatches,
  checkedOptions,
  rateOf,
  type StepResult,
  type TrainerOptions,
} from './trainer-options.ts';
import { checkTrainerState, type TrainerState } from './trainer-state.ts';

export type { Batch, StepResult, TrainerOptions } from './trainer-options.ts';

/** Trains a network, one submit per micro-batch; several steps may be under way at once. */
export class Trainer extends Runner<TrainingRegions> {
  private steps = 0;
  private snapshot: Snapshot | undefined;
  private flight = new Flight();

  private constructor(
    prepared: PreparedPlan<TrainingRegions>,
    /** Its options, as they were checked. */
    readonly options: TrainerOptions,
    private readonly optimizerState: readonly GPUBuffer[],
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
    const { precision = 'f32', tileConfig, trainable, unroll } = options;
    const table = normalisation && normalisationTable(normalisation, network.config.inputChannels);
    const input = table ? 'bytes' : 'float';
    const optimizer = options.optimizer.kind;
    const plan = compileTraining(
      network,
      options.batch,
      { loss, optimizer, recompute, inputGradient, input, precision, tileConfig, trainable },
      model.limits,
    );
    const regions = plan.io.optimizerState;
    const state = await device.allocate(
      "allocating the optimizer's state",
      regions.map(({ buffer: { label, bytes: size } }) => ({ label, size, usage: STORAGE | COPY_SRC | COPY_DST })),
    );
    const buffers = new Map(state.flatMap((made, i) => (regions[i] ? [[regions[i].buffer, made] as const] : [])));
    const setup = { owner: 'Trainer', task: 'training', model, plan, hasReadback: true, table, buffers, unroll };
    return new Trainer(await preparePlan(setup), options, state);
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
      for (const [micro, batch] of list.entries()) {
        const last = micro === list.length - 1;
        const update = last ? ['update', 'commit'] : [];
        this.submitBatch(batch, step, micro, list.length, learningRate, update, last ? staging : undefined);
      }
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
    const [one, ...more] = checkedBatches(this.model.config, this.options, batch);
    if (!one || more.length > 0) throw new ConfigError('batch', more.length + 1, 'batches; gradients takes one');
    const { io } = this.plan;
    // All copies are submitted before anything is awaited: a later call must not come between.
    const [result, logits, gradients, input] = await Promise.all([
      this.flown(this.steps, 'gradients', (staging) => this.submitBatch(one, this.steps, 0, 1, 0, ['commit'], staging)),
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
    return super.allocatedBytes + (this.snapshot?.bytes ?? 0);
  }

  override destroy(): void {
    super.destroy();
    this.snapshot?.destroy();
  }

  /** Steps from here on know nothing of those before. */
  private takeOff(): void {
    this.upload(this.plan.io.result, cleanResult());
    this.flight = new Flight();
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

  private submitBatch(
    batch: Batch,
    step: number,
    micro: number,
    microBatches: number,
    learningRate: number,
    update: readonly string[],
    staging: GPUBuffer | undefined,
  ): void {
    const { io } = this.plan;
    this.upload(io.input, batch.images);
    this.upload(io.labels, batch.labels);
    this.writeSettings(step, micro, microBatches, learningRate);
    const pack = micro === 0 ? ['pack'] : [];
    this.submit(`step ${step}`, [...pack, 'forward', 'backward', ...update], staging);
  }

  /** The uniforms of a micro-batch: the step's, the augmentation's and the optimizer's. */
  private writeSettings(step: number, micro: number, microBatches: number, learningRate: number): void {
    const { seed = 0, clip = 0, labelSmoothing = 0, augment = NO_AUGMENTATION, optimizer, batch } = this.options;
    const { io } = this.plan;
    const mixed = randomAt(seed, step, micro);
    this.write(io.step, STEP_FIELDS, {
      seed: mixed,
      accumulate: micro > 0 ? 1 : 0,
      gradient_scale: 1 / microBatches,
      clip,
      label_smoothing: labelSmoothing,
      first_image: micro * batch,
    });
    if (io.augment) this.write(io.augment, AUGMENT_FIELDS, augmentValues(augment, mixed));
    const { fields } = OPTIMIZER_KERNELS[optimizer.kind];
    if (io.update) this.write(io.update, fields, updateValues(optimizer, step + 1, learningRate));
  }
}
