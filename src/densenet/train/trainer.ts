// One training step after another: everything was decided when the plan was compiled. A step writes its batch and its
// settings, submits once a micro-batch, and resolves with the loss when the GPU gets there; nothing waits for it.

import { ConfigError, DisposedError, type NotFiniteError } from '../../runtime/errors.ts';
import { Executable } from '../../runtime/executable.ts';
import { type Fields, fieldBytes, writeFields } from '../../runtime/kernel.ts';
import { checkInstance } from '../../runtime/options.ts';
import type { Region } from '../../runtime/program.ts';
import { randomAt } from '../../runtime/random.ts';
import { download, ReadbackRing } from '../../runtime/readback.ts';
import { Snapshot } from '../../runtime/snapshot.ts';
import { upload } from '../../runtime/upload.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/usage.ts';
import { AUGMENT_FIELDS } from '../../shaders/layout/augment.ts';
import { STEP_FIELDS } from '../../shaders/parts/step.ts';
import { DenseNet } from '../model.ts';
import { normalisationTable } from '../normalisation.ts';
import { cleanResult, readResult } from '../plan/builder.ts';
import { compileTraining, type Plan } from '../plan/plan.ts';
import { OPTIMIZER_KERNELS, type TrainingRegions } from '../plan/training.ts';
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

const STORAGE_AND_COPIES = STORAGE | COPY_SRC | COPY_DST;

/** Trains a network, one submit per micro-batch; several steps may be under way at once. */
export class Trainer {
  private steps = 0;
  /** The model's version that what is frozen was prepared from, or that our own steps, which leave that alone, made. */
  private loaded = -1;
  private snapshot: Snapshot | undefined;
  private isDestroyed = false;
  private flight = new Flight();

  private constructor(
    /** The network that it trains. */
    readonly model: DenseNet,
    /** Its options, as they were checked. */
    readonly options: TrainerOptions,
    /** The compiled plan. */
    readonly plan: Plan<TrainingRegions>,
    private readonly run: Executable,
    private readonly optimizerState: readonly GPUBuffer[],
    private readonly readback: ReadbackRing,
  ) {}

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
    const usage = STORAGE_AND_COPIES;
    const optimizerState = await device.allocate(
      "allocating the optimizer's state",
      plan.io.optimizerState.map(({ buffer: { label, bytes: size } }) => ({ label, size, usage })),
    );
    let readback: ReadbackRing | undefined;
    let run: Executable | undefined;
    try {
      const external = model.externals(plan.builder);
      for (const [i, region] of plan.io.optimizerState.entries()) {
        const buffer = optimizerState[i];
        if (buffer) external.set(region.buffer, buffer);
      }
      readback = await ReadbackRing.create(device, 'Trainer', plan.io.result.bytes, plan.readback.depth);
      const made = await Executable.create(device, plan.builder.program, external, unroll);
      run = made;
      const { normalisation: region } = plan.io;
      if (table && region)
        await device.checked('setting up training', () => upload(device.gpu, made.at(region), table));
      model.assertAlive();
      return new Trainer(model, options, plan, made, optimizerState, readback);
    } catch (error) {
      readback?.destroy();
      run?.destroy();
      for (const buffer of optimizerState) buffer.destroy();
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
      for (const [micro, batch] of list.entries()) {
        const last = micro === list.length - 1;
        const update = last ? ['update', 'commit'] : [];
        this.submit(batch, step, micro, list.length, learningRate, update, last ? staging : undefined);
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
      this.flown(this.steps, 'gradients', (staging) => this.submit(one, this.steps, 0, 1, 0, ['commit'], staging)),
      this.read(io.logits),
      this.read(io.gradients),
      io.inputGradient && this.read(io.inputGradient),
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

  /** GPU bytes of this trainer: its plan's, the optimizer's, and the room for states. */
  get allocatedBytes(): number {
    const optimizerState = this.optimizerState.reduce((sum, b) => sum + b.size, 0);
    return this.run.allocatedBytes + optimizerState + (this.snapshot?.bytes ?? 0);
  }

  /**
   * Gives the GPU memory back; the network stays. Calls under way and later ones are rejected with DisposedError. May be
   * called more than once.
   */
  destroy(): void {
    this.isDestroyed = true;
    this.run.destroy();
    this.snapshot?.destroy();
    this.readback.destroy();
    for (const buffer of this.optimizerState) buffer.destroy();
  }

  /** Calls `destroy`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  private assertAlive(): void {
    if (this.isDestroyed) throw new DisposedError('Trainer');
    this.model.assertAlive();
  }

  /** Steps from here on know nothing of those before. */
  private takeOff(): void {
    upload(this.model.device.gpu, this.run.at(this.plan.io.result), cleanResult());
    this.flight = new Flight();
  }

  /** Submits now what ends in a readback of the result; resolves with that, or with why the GPU has changed nothing. */
  private async flown(
    step: number,
    what: string,
    submit: (staging: GPUBuffer) => void,
  ): Promise<{ loss: number; correct: number; failure?: NotFiniteError }> {
    const { flight } = this;
    const read = this.submitted(what, submit);
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

  /** What ends in a readback of the result and changes the network's numbers, submitted now. */
  private async submitted(what: string, submit: (staging: GPUBuffer) => void): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const bytes = await this.readback.read(what, (staging) => {
        submit(staging);
        this.model.changed();
        this.loaded = this.model.version;
      });
      this.model.assertLoaded();
      return bytes;
    } catch (error) {
      // What was to be prepared from the weights may not have been.
      this.loaded = -1;
      throw error;
    }
  }

  private submit(
    batch: Batch,
    step: number,
    micro: number,
    microBatches: number,
    learningRate: number,
    update: readonly string[],
    staging: GPUBuffer | undefined,
  ): void {
    const { io } = this.plan;
    const { gpu } = this.model.device;
    upload(gpu, this.run.at(io.input), batch.images);
    upload(gpu, this.run.at(io.labels), batch.labels);
    this.writeSettings(step, micro, microBatches, learningRate);
    const encoder = gpu.createCommandEncoder({ label: `step ${step}` });
    const load = this.loaded === this.model.version ? [] : ['load'];
    const pack = micro === 0 ? ['pack'] : [];
    this.run.encode(encoder, [...load, ...pack, 'forward', 'backward', ...update]);
    this.loaded = this.model.version;
    if (staging) this.readback.copy(encoder, this.run.at(io.result), staging);
    gpu.queue.submit([encoder.finish()]);
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

  private write(region: Region, fields: Fields, values: Readonly<Record<string, number>>): void {
    const bytes = new DataView(new ArrayBuffer(fieldBytes(fields)));
    writeFields(fields, values, bytes);
    upload(this.model.device.gpu, this.run.at(region), bytes);
  }

  private async read(region: Region): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array((await download(this.model.device, this.run.at(region))).buffer);
  }
}
