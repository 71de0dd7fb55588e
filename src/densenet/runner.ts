// What Inference, Explainer and Trainer are: a plan made real on its network's device. What they share is here: how it
// is set up and freed, how arrays come to the GPU and back, and that what is prepared from the weights (section `load`) is
// prepared again when these have changed.

import { toFloat32 } from '../data/tensor.ts';
import { DisposedError, GpuError } from '../runtime/errors.ts';
import { Executable } from '../runtime/executable.ts';
import { type Fields, fieldBytes, writeFields } from '../runtime/kernel.ts';
import { check, whole } from '../runtime/options.ts';
import type { OnCompile, Unroll } from '../runtime/plan-pipelines.ts';
import type { LogicalBuffer, Region } from '../runtime/program.ts';
import { download, ReadbackRing } from '../runtime/readback.ts';
import { NO_OP_STEP, STEP_FIELDS } from '../shaders/parts/step.ts';
import { checkImages } from './images.ts';
import type { DenseNet } from './model.ts';
import type { Plan } from './plan/plan.ts';
import { type TileConfig, tilesOn } from './plan/tile-config.ts';

/** What the regions of every plan include. */
export interface RunnerRegions {
  /** Images. */
  readonly input: Region;
  /** vec2f per channel, where the input is bytes. */
  readonly normalisation: Region | undefined;
  /** The step's uniform. */
  readonly step: Region;
}

interface RunnerSetup<Regions> {
  /** The class that a DisposedError names. */
  readonly owner: string;
  /** What is set up, for errors. */
  readonly task: string;
  readonly model: DenseNet;
  readonly plan: Plan<Regions>;
  /** Whether each run is read back through staging buffers that are there from the start. */
  readonly hasReadback: boolean;
  /** How bytes are normalised, for the plan's region of that name. */
  readonly table?: Float32Array<ArrayBuffer> | undefined;
  /** The runner's own external buffers, freed with it. */
  readonly buffers?: ReadonlyMap<LogicalBuffer, GPUBuffer>;
  /** Memory of another runner of this network, which outlives this one. */
  readonly lent?: Lent;
  readonly unroll: Unroll | undefined;
  readonly onCompile: OnCompile | undefined;
}

/** Memory that a runner lends to another, whose submits alternate with its own. */
export interface Lent {
  /** What both work on, by the borrower's buffers. */
  readonly buffers: ReadonlyMap<LogicalBuffer, GPUBuffer>;
  /** What holds nothing between two submits. */
  readonly scratch: readonly GPUBuffer[];
}

/** A runner's plan on the GPU, set up. */
export interface PreparedPlan<Regions> extends Pick<RunnerSetup<Regions>, 'owner' | 'model' | 'plan'> {
  readonly executable: Executable;
  readonly readback: ReadbackRing | undefined;
  readonly buffers: readonly GPUBuffer[];
}

/**
 * What `make` makes with the tiles of the network's device, or with those that `given` chooses; where the GPU refuses a
 * pipeline with so many threads, with smaller tiles.
 * @param make leaves nothing behind where it throws
 * @throws what `make` throws
 */
export async function withTiles<T>(
  { device }: DenseNet,
  given: TileConfig | undefined,
  make: (tiles: TileConfig) => Promise<T>,
): Promise<T> {
  for (;;) {
    const tiles = tilesOn(device, given);
    try {
      return await make(tiles);
    } catch (error) {
      const isSmaller = () => tilesOn(device, given).target.threads < tiles.target.threads;
      if (!(error instanceof GpuError && device.fallBack(error) && isSmaller())) throw error;
    }
  }
}

/** @throws GpuError, DeviceLostError, DisposedError; nothing is left allocated then, `buffers` neither */
export async function preparePlan<Regions extends RunnerRegions>({
  owner,
  task,
  model,
  plan,
  hasReadback,
  table,
  buffers = new Map(),
  lent,
  unroll = 'auto',
  onCompile,
}: RunnerSetup<Regions>): Promise<PreparedPlan<Regions>> {
  const { device } = model;
  let readback: ReadbackRing | undefined;
  let executable: Executable | undefined;
  try {
    const { region, depth } = plan.readback;
    if (hasReadback) readback = await ReadbackRing.create(device, owner, region.bytes, depth);
    const given = new Map([...model.externals(plan.builder), ...buffers, ...(lent?.buffers ?? [])]);
    const made = await Executable.create(device, plan.builder.program, {
      given,
      scratch: lent?.scratch,
      unroll,
      onCompile,
    });
    executable = made;
    const { step, normalisation } = plan.io;
    await device.checked(`setting up ${task}`, () => {
      made.upload(step, uniform(STEP_FIELDS, NO_OP_STEP));
      if (table && normalisation) made.upload(normalisation, table);
    });
    model.assertAlive();
    return { owner, model, plan, executable, readback, buffers: [...buffers.values()] };
  } catch (error) {
    readback?.destroy();
    executable?.destroy();
    for (const buffer of buffers.values()) buffer.destroy();
    throw error;
  }
}

/** A plan that runs on a network, whose memory it shares. */
export abstract class Runner<Regions extends RunnerRegions> {
  /** The network that it works on. */
  readonly model: DenseNet;
  /** The compiled plan. */
  readonly plan: Plan<Regions>;
  protected readonly executable: Executable;
  protected isDestroyed = false;
  private readonly owner: string;
  private readonly readback: ReadbackRing | undefined;
  private readonly buffers: readonly GPUBuffer[];
  /** The model's version that section `load` has prepared, or that our own runs, which leave that alone, have made. */
  private loaded = -1;

  protected constructor({ owner, model, plan, executable, readback, buffers }: PreparedPlan<Regions>) {
    this.owner = owner;
    this.model = model;
    this.plan = plan;
    this.executable = executable;
    this.readback = readback;
    this.buffers = buffers;
  }

  /** Bytes of GPU memory that it holds; the network's are not counted. */
  get allocatedBytes(): number {
    return this.buffers.reduce((sum, { size }) => sum + size, this.executable.allocatedBytes);
  }

  /**
   * Frees the GPU memory; the network stays. Calls under way and later ones are rejected with DisposedError. May be called
   * more than once.
   */
  destroy(): void {
    this.isDestroyed = true;
    this.executable.destroy();
    this.readback?.destroy();
    for (const buffer of this.buffers) buffer.destroy();
  }

  /** Calls `destroy`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  protected assertAlive(): void {
    if (this.isDestroyed) throw new DisposedError(this.owner);
    this.model.assertAlive();
  }

  /** @throws ConfigError unless these are `count` images of the network's size, of the kind that the plan takes */
  protected checkRun(images: unknown, count: number): void {
    check('count', count, whole(1, this.plan.batch));
    checkImages('images', images, this.plan.io.normalisation ? 'Uint8Array' : 'Float32Array', count, this.model.config);
  }

  /** Writes an array to the start of a region; of a whole batch or of fewer images. It may be used again at once. */
  protected upload(region: Region, data: ArrayBufferView<ArrayBuffer>): void {
    this.executable.upload(region, data);
  }

  /** Writes a uniform. */
  protected write(region: Region, fields: Fields, values: Readonly<Record<string, number>>): void {
    this.upload(region, uniform(fields, values));
  }

  /**
   * Submits what prepares the weights where they have changed.
   * @internal
   */
  prepare(): void {
    if (this.loaded !== this.model.version) this.submit('preparing the weights', []);
  }

  /**
   * Submits sections of the plan, ahead of them what prepares the weights where they have changed.
   * @param staging where the result is copied to
   */
  protected submit(label: string, sections: readonly string[], staging?: GPUBuffer): void {
    const { executable, plan, readback } = this;
    executable.submit(this.loaded === this.model.version ? sections : ['load', ...sections], label, (encoder) => {
      if (staging) readback?.copy(encoder, executable.at(plan.readback.region), staging);
    });
    this.loaded = this.model.version;
  }

  /** What was submitted changes the network's numbers, and nothing that was prepared from them. */
  protected noteChange(): void {
    this.model.changed();
    this.loaded = this.model.version;
  }

  /**
   * The result of work that is submitted at the call.
   * @param work uploads and submits; its last submit copies into `staging`
   * @throws GpuError, DeviceLostError, DisposedError
   */
  protected async submitted(what: string, work: (staging: GPUBuffer) => void): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.readback) throw new Error(`${this.owner} reads nothing back`);
    try {
      const bytes = await this.readback.read(what, work);
      this.model.assertLoaded();
      return bytes;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** The same of work whose results are read apart (`read`): resolves when the GPU has accepted it. */
  protected accepted(what: string, work: () => void): Promise<void> {
    const { accepted } = this.model.device.scoped(what, work);
    return accepted.then(
      () => this.model.assertLoaded(),
      (error: unknown) => {
        this.forget();
        throw error;
      },
    );
  }

  /**
   * A copy of what a region of the plan holds after all that was submitted; f16 as float32.
   * @param bytes from the region's start; left out: all
   * @throws DeviceLostError, GpuError
   */
  protected async copy(region: Region, bytes = region.bytes): Promise<Float32Array<ArrayBuffer>> {
    const copied = await download(this.model.device, { ...this.executable.at(region), bytes });
    return region.buffer.packedF16
      ? toFloat32({ dtype: 'F16', shape: [], bytes: copied })
      : new Float32Array(copied.buffer);
  }

  /** What was to be prepared from the weights may not have been. */
  private forget(): void {
    this.loaded = -1;
  }
}

/** A uniform's bytes. */
export function uniform(fields: Fields, values: Readonly<Record<string, number>>): DataView<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(fieldBytes(fields)));
  writeFields(fields, values, bytes);
  return bytes;
}
