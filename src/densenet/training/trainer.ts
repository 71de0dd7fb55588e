// One training step after another: everything was decided when the plan was compiled. A step writes its batch and its
// settings, submits once a micro-batch, and resolves with the loss when the GPU gets there; nothing waits for it.

import { NotFiniteError } from '../../runtime/errors.ts';
import { Executable, type Slice } from '../../runtime/executable.ts';
import { fieldBytes, writeFields } from '../../runtime/kernel.ts';
import type { Region } from '../../runtime/program.ts';
import { randomAt } from '../../runtime/random.ts';
import { download, ReadbackRing } from '../../runtime/readback.ts';
import { Snapshot } from '../../runtime/snapshot.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/usage.ts';
import { STEP_FIELDS } from '../../shaders/parts/step.ts';
import type { DenseNet } from '../model.ts';
import { normalisationTable } from '../normalisation.ts';
import { compileTraining, type Plan } from '../plan/plan.ts';
import type { TrainingRegions } from '../plan/training.ts';
import { byParameter, type StateTensor, toStateDict } from '../state.ts';
import { optimizerValues } from './optimizers.ts';
import { type Batch, checkBatch, checkOptions, type StepResult, type TrainerOptions } from './trainer-options.ts';
import { checkTrainerState, type TrainerState } from './trainer-state.ts';

export type { Batch, StepResult, TrainerOptions } from './trainer-options.ts';

const STORAGE_AND_COPIES = STORAGE | COPY_SRC | COPY_DST;

export class Trainer {
  private steps = 0;
  /** The model's version that what is frozen was prepared from, or that our own steps, which leave that alone, made. */
  private loaded = -1;
  private readonly settings = new DataView(new ArrayBuffer(fieldBytes(STEP_FIELDS)));
  private snapshot: Snapshot | undefined;

  private constructor(
    readonly model: DenseNet,
    readonly options: TrainerOptions,
    readonly plan: Plan<TrainingRegions>,
    private readonly run: Executable,
    private readonly moments: readonly GPUBuffer[],
    private readonly readback: ReadbackRing,
  ) {}

  /** @throws ConfigError for options that cannot be, LimitError with the largest batch that fits */
  static async create(model: DenseNet, options: TrainerOptions): Promise<Trainer> {
    checkOptions(options);
    const { device, network } = model;
    const { normalisation, loss = 'cross-entropy', recompute = false, inputGradient = false } = options;
    const { precision = 'f32', choices, trainable, loops } = options;
    const table = normalisation && normalisationTable(normalisation, network.config.inputChannels);
    const input = table ? 'bytes' : 'float';
    const optimizer = options.optimizer.kind;
    const plan = compileTraining(
      network,
      options.batch,
      { loss, optimizer, recompute, inputGradient, input, precision, choices, trainable },
      model.limits,
    );
    const moments = await device.checked('allocating the optimizer', () =>
      plan.io.moments.map(({ buffer: { label, bytes: size } }) =>
        device.gpu.createBuffer({ label, size, usage: STORAGE_AND_COPIES }),
      ),
    );
    let readback: ReadbackRing | undefined;
    try {
      const external = model.externals(plan.builder);
      for (const [i, region] of plan.io.moments.entries()) {
        const buffer = moments[i];
        if (buffer) external.set(region.buffer, buffer);
      }
      readback = await ReadbackRing.create(device, plan.io.loss.bytes, plan.readback.depth);
      const run = await Executable.create(device, plan.builder.program, external, loops);
      const trainer = new Trainer(model, options, plan, run, moments, readback);
      if (table && plan.io.normalisation) trainer.write(plan.io.normalisation, table);
      return trainer;
    } catch (error) {
      readback?.destroy();
      for (const buffer of moments) buffer.destroy();
      throw error;
    }
  }

  /** Steps taken. */
  get stepCount(): number {
    return this.steps;
  }

  /**
   * One update from one batch, or from several micro-batches whose gradients are averaged.
   * @throws ConfigError when a batch does not hold `options.batch` images (nothing is changed then), NotFiniteError
   * when the loss is NaN or infinite, DeviceLostError
   */
  async step(batches: Batch | readonly [Batch, ...Batch[]]): Promise<StepResult> {
    const list = 'images' in batches ? [batches] : batches;
    for (const batch of list) checkBatch(this.model.config, this.options, batch);
    const staging = await this.readback.acquire();
    this.model.device.assertAlive();
    const step = this.steps++;
    const learningRate = this.options.schedule(step);
    for (const [micro, batch] of list.entries()) {
      const last = micro === list.length - 1;
      this.submit(batch, step, micro, list.length, learningRate, last ? ['update'] : [], last ? staging : undefined);
    }
    this.changed();
    const [loss = Number.NaN, correct = 0] = new Float32Array((await this.readback.read(staging)).buffer);
    if (!Number.isFinite(loss)) throw new NotFiniteError({ kind: 'overflow', image: 0 }, { step, loss });
    return { step, loss, correct, learningRate };
  }

  /** Forward and backward of one batch without an update: running statistics move, parameters do not. */
  async gradients(
    batch: Batch,
  ): Promise<{ loss: number; logits: Float32Array; gradients: Map<string, StateTensor>; input?: Float32Array }> {
    checkBatch(this.model.config, this.options, batch);
    this.model.device.assertAlive();
    this.submit(batch, this.steps, 0, 1, 0, [], undefined);
    this.changed();
    const { io } = this.plan;
    const [loss = Number.NaN] = await this.read(io.loss);
    const logits = await this.read(io.logits);
    const gradients = byParameter(io.part, await this.read(io.gradients));
    if (!io.inputGradient) return { loss, logits, gradients };
    return { loss, logits, gradients, input: await this.read(io.inputGradient) };
  }

  /** Makes room for `state`, as many bytes as its arenas have; afterwards taking a state allocates nothing on the GPU. */
  async prepareState(): Promise<void> {
    if (this.snapshot) return;
    const { device, parameters, running } = this.model;
    const made = await Snapshot.create(device, [parameters, running, ...this.moments]);
    // Of two that were made at once, one stays.
    if (this.snapshot) made.destroy();
    else this.snapshot = made;
  }

  /**
   * All numbers of the run behind the step that was submitted last; later steps need not wait for it. Once `prepareState`
   * has been awaited that is the last step submitted before this call, unless an earlier state is still being read.
   * @throws GpuError when memory runs out, DeviceLostError
   */
  async state(): Promise<TrainerState> {
    if (!this.snapshot) await this.prepareState();
    let steps = this.steps;
    const read = await this.snapshot?.take(() => {
      steps = this.steps;
    });
    const arenas = (read ?? []).map((bytes) => new Float32Array(bytes.buffer));
    const [parameters = new Float32Array(), running = new Float32Array(), ...moments] = arenas;
    return { steps, parameters, running, moments };
  }

  /**
   * Goes on from a state of this network and optimizer: the next step gives the bits that it would have given there, with
   * the same options and batches.
   * @throws StateError where it does not fit, and nothing is changed then; DeviceLostError
   */
  restore(state: TrainerState): void {
    const { device, network } = this.model;
    device.assertAlive();
    checkTrainerState(network, this.plan.io.part, this.options.optimizer.kind, state);
    this.model.loadStateDict(toStateDict(network, state));
    for (const [i, values] of state.moments.entries()) {
      const buffer = this.moments[i];
      if (buffer) device.gpu.queue.writeBuffer(buffer, 0, values);
    }
    this.steps = state.steps;
  }

  /** GPU bytes of this trainer: its plan's, the optimizer's, and the room for states. */
  get allocatedBytes(): number {
    const moments = this.moments.reduce((sum, b) => sum + b.size, 0);
    return this.run.allocatedBytes + moments + (this.snapshot?.bytes ?? 0);
  }

  destroy(): void {
    this.run.destroy();
    this.snapshot?.destroy();
    this.readback.destroy();
    for (const buffer of this.moments) buffer.destroy();
  }

  private changed(): void {
    this.model.changed();
    this.loaded = this.model.version;
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
    this.write(io.input, batch.images);
    this.write(io.labels, batch.labels);
    this.writeSettings(step, micro, microBatches, learningRate);
    const { gpu } = this.model.device;
    const encoder = gpu.createCommandEncoder({ label: `step ${step}` });
    const load = this.loaded === this.model.version ? [] : ['load'];
    const pack = micro === 0 ? ['pack'] : [];
    this.run.encode(encoder, [...load, ...pack, 'forward', 'backward', ...update]);
    this.loaded = this.model.version;
    if (staging) this.readback.copy(encoder, this.run.at(io.loss), staging);
    gpu.queue.submit([encoder.finish()]);
  }

  private writeSettings(step: number, micro: number, microBatches: number, learningRate: number): void {
    const { seed = 0, clip = 0, labelSmoothing = 0, augment, optimizer } = this.options;
    writeFields(
      STEP_FIELDS,
      {
        seed: randomAt(seed, step, micro),
        accumulate: micro > 0 ? 1 : 0,
        gradient_scale: 1 / microBatches,
        learning_rate: learningRate,
        clip,
        mirror: augment?.mirror ? 1 : 0,
        shift: augment?.shift ?? 0,
        label_smoothing: labelSmoothing,
        ...optimizerValues(optimizer, step + 1),
      },
      this.settings,
    );
    const { buffer, offset } = this.run.at(this.plan.io.step);
    this.model.device.gpu.queue.writeBuffer(buffer, offset, this.settings.buffer);
  }

  private write(
    region: Region,
    data: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
  ): void {
    const { buffer, offset, bytes }: Slice = this.run.at(region);
    // Byte images end on a whole word: a feed's staging is padded, and anything else is copied into one that is.
    const whole =
      data.byteLength % 4 === 0 ? data : new Uint8Array(Math.min(bytes, data.byteLength + 4 - (data.byteLength % 4)));
    if (whole !== data) new Uint8Array(whole.buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.model.device.gpu.queue.writeBuffer(buffer, offset, whole);
  }

  private async read(region: Region): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array((await download(this.model.device, this.run.at(region))).buffer);
  }
}
