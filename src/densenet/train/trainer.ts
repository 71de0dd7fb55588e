// One training step after another: everything was decided when the plan was compiled. A step writes its batch and its
// settings, submits once per micro-batch, and resolves with the loss when the GPU gets there; nothing waits for it.

import { ConfigError, DisposedError, type NotFiniteError } from '../../runtime/errors.ts';
import { checkInstance } from '../../runtime/options.ts';
import type { Region } from '../../runtime/program.ts';
import { Snapshot } from '../../runtime/snapshot.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/usage.ts';
import { DenseNet } from '../model.ts';
import type { Network } from '../network.ts';
import { normalisationTable } from '../normalisation.ts';
import { cleanResult, readResult } from '../plan/builder.ts';
import { checkPrecision } from '../plan/device-precision.ts';
import { compileTraining, type DeviceLimits, type Plan } from '../plan/plan.ts';
import type { TileConfig } from '../plan/tile-config.ts';
import type { TrainingRegions } from '../plan/training.ts';
import { type Lent, type PreparedPlan, preparePlan, withTiles } from '../runner.ts';
import { byParameter, emptyArenas, type StateDict, type StateTensor, toStateDict } from '../state-dict.ts';
import { AveragedWeights } from './averaged-weights.ts';
import { Flight, notFiniteStep } from './flight.ts';
import { MicroBatches } from './micro-batches.ts';
import { frozenParameters } from './parameter-groups.ts';
import {
  type Batch,
  checkedBatches,
  checkedOptions,
  givenSize,
  imagesOf,
  isAugmenter,
  rateOf,
  type StepOptions,
  type StepResult,
  type TrainerOptions,
} from './trainer-options.ts';
import { checkTrainerState, type TrainerState } from './trainer-state.ts';
import { NO_AVERAGE } from './weight-average.ts';

export type { Batch, StepOptions, StepResult, TrainerOptions } from './trainer-options.ts';

/**
 * The plan of a trainer with these options, for so many images.
 * @throws ConfigError, LimitError with the largest batch that fits
 * @internal
 */
export function trainingPlan(
  network: Network,
  options: TrainerOptions,
  batch: number,
  limits: DeviceLimits,
): Plan<TrainingRegions> {
  const { normalisation, loss = 'cross-entropy', recompute = false, inputGradient = false } = options;
  const { precision = 'f32', tileConfig, trainable, groups, lossOptions, augment } = options;
  const input = normalisation ? 'bytes' : 'float';
  const optimizer = options.optimizer.kind;
  const average = (options.average ?? NO_AVERAGE).decay > 0;
  const augmenter = isAugmenter(augment) ? augment : undefined;
  const own = { loss, lossOptions, optimizer, recompute, inputGradient, input, precision, tileConfig } as const;
  return compileTraining(network, batch, { ...own, trainable, groups, average, augmenter }, limits);
}

/** Trains a network, one submit per micro-batch; several steps may be under way at once. */
export class Trainer extends MicroBatches {
  private steps = 0;
  private snapshot: Snapshot | undefined;
  private flight = new Flight();
  /** Whether the network has the averaged weights for the time being. */
  private isAveraged = false;

  private constructor(
    prepared: PreparedPlan<TrainingRegions>,
    /** Its options, as they were checked. */
    readonly options: TrainerOptions,
    private readonly optimizerState: readonly GPUBuffer[],
    private readonly averaged: AveragedWeights | undefined,
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
    checkPrecision(model.device, options.precision ?? 'f32');
    return withTiles(model, options.tileConfig, (tileConfig) => Trainer.make(model, options, tileConfig));
  }

  private static async make(model: DenseNet, options: TrainerOptions, tileConfig: TileConfig): Promise<Trainer> {
    const { device, network } = model;
    const { normalisation, unroll, onCompile, lastBatch } = options;
    const average = (options.average ?? NO_AVERAGE).decay > 0;
    const table = normalisation && normalisationTable(normalisation, network.config.inputChannels);
    if (isAugmenter(options.augment)) options.augment.check(network.config);
    const planOf = (batch: number) => trainingPlan(network, { ...options, tileConfig }, batch, model.limits);
    const plan = planOf(options.batch);
    const lastPlan = lastBatch === undefined ? undefined : planOf(lastBatch);
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const wanted = [
      ...plan.io.optimizerState.map(({ buffer }) => ({ buffer, label: buffer.label, size: buffer.bytes, usage })),
      ...AveragedWeights.wanted(plan.io),
    ];
    const made = await device.allocate("allocating the optimizer's state", wanted);
    const buffers = new Map(made.flatMap((one, i) => (wanted[i] ? [[wanted[i].buffer, one] as const] : [])));
    const state = made.slice(0, plan.io.optimizerState.length);
    const averaged = average ? new AveragedWeights(model, plan.io, made.slice(state.length)) : undefined;
    const setup = { owner: 'Trainer', task: 'training', model, hasReadback: true, table, unroll, onCompile };
    const prepared = await preparePlan({ ...setup, plan, buffers });
    if (!lastPlan) return new Trainer(prepared, options, state, averaged, undefined);
    try {
      const lent = lentTo(lastPlan, prepared);
      const last = new MicroBatches(await preparePlan({ ...setup, plan: lastPlan, lent }));
      return new Trainer(prepared, options, state, averaged, last);
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
   * @param given the step's own learning rate, instead of the schedule's
   * @throws ConfigError when a batch is not `options.batch` images with their labels, or `schedule` gives no learning rate
   * (nothing is changed then); DisposedError, DeviceLostError, GpuError; NotFiniteError where the step has met NaN or
   * infinity, naming the first: an image, a tensor, the loss, a gradient, an update or a running statistic. The GPU itself
   * has then changed nothing, in this step and in those already submitted behind it, which reject with the same error. When
   * all of them have, the next step goes on from the last good state, under the failed step's number.
   */
  async step(batches: Batch | readonly [Batch, ...Batch[]], given: StepOptions = {}): Promise<StepResult> {
    this.assertOwnWeights('step');
    const list = checkedBatches(this.model.config, this.options, batches);
    const step = this.steps;
    const learningRate = rateOf(this.options, step, given);
    const { failure, loss, correct } = await this.flown(step, `step ${step}`, (staging) => {
      if (step === 0) this.averaged?.start();
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
    this.assertOwnWeights('gradients');
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
    const trained = byParameter(io.part, gradients);
    const { freeze = [] } = this.options.groups ?? {};
    for (const { name } of frozenParameters(this.model.network, freeze)) trained.delete(name);
    const of = { logits, gradients: trained };
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
    const made = await Snapshot.create(device, 'Trainer', [
      parameters,
      running,
      ...this.optimizerState,
      ...(this.averaged?.buffers ?? []),
    ]);
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
    this.assertOwnWeights('state');
    if (!this.snapshot) await this.prepareState();
    if (this.steps === 0) this.averaged?.start();
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
    const [parameters = new Float32Array(), running = new Float32Array(), ...others] = arenas;
    const optimizerState = others.splice(0, this.optimizerState.length);
    const numbers = { steps, parameters, running, optimizerState };
    return this.averaged ? { ...numbers, average: this.averaged.arenas(numbers, others) } : numbers;
  }

  /**
   * Goes on from a state of this network and optimizer: the next step gives the bits that it would have given there, with
   * the same options and batches. The arrays are read at the call, and loaded behind all that was submitted.
   * @throws StateError where it does not fit, and nothing is changed then; DisposedError, DeviceLostError
   */
  restore(state: TrainerState): void {
    if (this.isDestroyed) throw new DisposedError('Trainer');
    this.assertOwnWeights('restore');
    const { device, network } = this.model;
    checkTrainerState(network, this.plan.io.part, this.options.optimizer.kind, state, this.averaged !== undefined);
    this.model.loadStateDict(toStateDict(network, state));
    const { accepted } = device.scoped("loading the optimizer's state", () => {
      for (const [i, values] of state.optimizerState.entries()) {
        const buffer = this.optimizerState[i];
        if (buffer) device.gpu.queue.writeBuffer(buffer, 0, values);
      }
      if (state.average) this.averaged?.load(state.average);
    });
    this.model.watch(accepted);
    this.steps = state.steps;
    this.takeOff();
  }

  /**
   * The averaged weights and running statistics behind the step that was submitted last, under torchvision's names; before
   * the first step the network's own.
   * @throws ConfigError without the option `average`; GpuError, DisposedError, DeviceLostError
   */
  async averagedStateDict(): Promise<StateDict> {
    this.averages('averagedStateDict');
    const { average } = await this.state();
    return toStateDict(this.model.network, average ?? emptyArenas(this.model.network));
  }

  /**
   * Runs `work` while the network has the averaged weights: what it evaluates, with any `Inference` of the network, is the
   * average. Then the network has its own again, bit for bit, also where `work` fails. Steps and states have to wait.
   * @returns what `work` does
   * @throws ConfigError without the option `average`; GpuError where there is no memory to set the weights aside; what
   * `work` throws
   */
  async withAverage<T>(work: () => Promise<T>): Promise<T> {
    const averaged = this.averages('withAverage');
    if (this.steps === 0) averaged.start();
    this.isAveraged = true;
    try {
      return await averaged.during(work);
    } finally {
      this.isAveraged = false;
    }
  }

  /** Whether it averages its weights (the option `average`). */
  get averagesWeights(): boolean {
    return this.averaged !== undefined;
  }

  private averages(call: string): AveragedWeights {
    this.assertOwnWeights(call);
    if (this.averaged) return this.averaged;
    throw new ConfigError(call, 'average', 'is not among the options of this Trainer: give it a decay above 0');
  }

  /** @throws ConfigError while the network has the averaged weights */
  private assertOwnWeights(call: string): void {
    this.assertAlive();
    if (!this.isAveraged) return;
    throw new ConfigError(call, 'called', 'while the network has the averaged weights: await withAverage first');
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
    const used = new Set(runners);
    if (used.size > 1) for (const runner of used) runner.prepare();
    let firstImage = 0;
    for (const [micro, batch] of list.entries()) {
      const runner = runners[micro] ?? this;
      const pack = runners.indexOf(runner) === micro ? ['pack'] : [];
      const isLast = micro === list.length - 1;
      const end = this.averaged ? ['update', 'commit', 'average'] : ['update', 'commit'];
      const sections = [...pack, 'forward', 'backward', ...(isLast ? end : [])];
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
    const landing = flight.add();
    try {
      const { loss, correct, verdict, settled } = readResult(await read);
      if (settled) return { loss, correct };
      const why = () => notFiniteStep(this.model, this.plan.io.part, { step, loss, verdict });
      return { loss, correct, failure: await landing.fail(step, why) };
    } finally {
      landing.done();
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
    io.average?.parameters,
    io.average?.running,
    ...io.optimizerState,
  ];
  const own = shared(plan.io, plan.builder.stagedIfUsed);
  const buffers = shared(io, builder.stagedIfUsed).flatMap((region, i) => {
    const of = own[i];
    return region && of ? [[region.buffer, executable.at(of).buffer] as const] : [];
  });
  return { buffers: new Map(buffers), scratch: executable.scratch };
}
