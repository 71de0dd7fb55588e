// A program made real on a device: every buffer, pipeline and bind group exists before the first submit. What is submitted is
// one command buffer with one compute pass, or several where the GPU would be away for too long. Nothing here allocates after
// `create` has resolved.

import type { Device } from './device.ts';
import { GpuError } from './errors.ts';
import { fieldBytes, isStorage, writeFields } from './kernel.ts';
import { type OnCompile, PlanPipelines, type Unroll } from './plan-pipelines.ts';
import { type LogicalBuffer, OFFSET_ALIGNMENT, type Program, type RecordedPass, type Region } from './program.ts';
import { nominalMs } from './submit-budget.ts';
import { COPY_DST, COPY_SRC, STORAGE, UNIFORM } from './usage.ts';

interface Dispatch {
  /** Of the pass in the program. */
  readonly index: number;
  readonly label: string;
  readonly section: string;
  readonly group: GPUBindGroup;
  readonly grid: readonly [number, number, number];
  /** How long it takes, against others. */
  readonly nominalMs: number;
}

/** A range of a GPU buffer, in bytes. */
export interface Slice {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** How a program is made real. */
export interface ExecutableOptions {
  /** Buffers that the program does not own: all external ones, and any other that it shares. */
  readonly given?: ReadonlyMap<LogicalBuffer, GPUBuffer> | undefined;
  /** Buffers that its own transient buffers may use: nothing else runs, or expects anything in them, during a submit. */
  readonly scratch?: readonly GPUBuffer[] | undefined;
  /** Default true. */
  readonly unroll?: Unroll | undefined;
  /** Told each time that one of its pipelines is ready, before `create` resolves. */
  readonly onCompile?: OnCompile | undefined;
}

export class Executable {
  /** What a submit of a section runs. */
  private readonly bySection = new Map<string, Dispatch[]>();

  private constructor(
    private readonly device: Device,
    private readonly dispatches: readonly Dispatch[],
    private readonly pipelines: PlanPipelines,
    private readonly memory: ReadonlyMap<LogicalBuffer, GPUBuffer>,
    private readonly owned: readonly GPUBuffer[],
  ) {
    for (const dispatch of dispatches) {
      const others = this.bySection.get(dispatch.section);
      if (others) others.push(dispatch);
      else this.bySection.set(dispatch.section, [dispatch]);
    }
  }

  /**
   * Allocates, compiles and binds.
   * @throws GpuError when memory runs out or a shader does not compile; nothing is left allocated then
   */
  static async create(
    device: Device,
    program: Program,
    { given = new Map(), scratch = [], unroll = true, onCompile }: ExecutableOptions = {},
  ): Promise<Executable> {
    device.assertAlive();
    const owned: GPUBuffer[] = [];
    try {
      const made = await device.checked('allocating a plan', () => {
        const memory = allocate(device.gpu, program, { given, scratch }, owned);
        return { memory, shapes: shapesOf(device.gpu, program.passes, owned), unused: unusedOf(device.gpu, owned) };
      });
      const pipelines = await PlanPipelines.create(device, program.passes, unroll, onCompile);
      const dispatches = await device.checked('binding a plan', () =>
        program.passes.map((pass, i): Dispatch => {
          const entries = bindingsOf(pass, made.memory, made.unused, {
            buffer: made.shapes.buffer,
            offset: made.shapes.offsets[i] ?? 0,
          });
          const { layout } = pipelines.at(i);
          const { label, section, grid, cost } = pass;
          const group = device.gpu.createBindGroup({ label, layout, entries });
          return { index: i, label, section, group, grid, nominalMs: nominalMs(cost) };
        }),
      );
      return new Executable(device, dispatches, pipelines, made.memory, owned);
    } catch (error) {
      for (const buffer of owned) buffer.destroy();
      throw error;
    }
  }

  /**
   * Records one pass of the program into a compute pass: what is timed.
   * @param index of the pass in `program.passes`
   */
  dispatch(pass: GPUComputePassEncoder, index: number): void {
    const dispatch = this.dispatches[index];
    if (!dispatch) throw new GpuError(`there is no pass ${index}`);
    this.run(pass, dispatch);
  }

  /**
   * Runs the passes of `sections`, section by section, inside whatever error scope the caller has opened: one submit, or
   * several in a row where one would take too long. Nothing can come between them.
   * @param last encodes what comes behind the last pass, in the same submit
   */
  submit(sections: readonly string[], label = 'passes', last?: (encoder: GPUCommandEncoder) => void): void {
    const { gpu, budget } = this.device;
    this.pipelines.noteRun();
    const passes = sections.flatMap((section) => this.bySection.get(section) ?? []);
    let start = 0;
    for (const end of budget.take(passes.map(({ nominalMs }) => nominalMs))) {
      const encoder = gpu.createCommandEncoder({ label });
      const pass = encoder.beginComputePass();
      for (const dispatch of passes.slice(start, end)) this.run(pass, dispatch);
      pass.end();
      if (end === passes.length) last?.(encoder);
      gpu.queue.submit([encoder.finish()]);
      start = end;
    }
  }

  /** Where a region of the program lies. */
  at(region: Region): Slice {
    const buffer = this.memory.get(region.buffer);
    if (!buffer) throw new GpuError(`${region.buffer.label} is not part of this plan`);
    return { buffer, offset: region.offset, bytes: region.bytes };
  }

  /**
   * Writes an array to the start of a region. It is read at the call: what happens to it afterwards changes nothing.
   * `writeBuffer` moves multiples of four bytes: the last word of bytes that end inside one is filled up with what follows in
   * their buffer, where something does, else with zeros. Nothing reads it.
   */
  upload(region: Region, { buffer: source, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): void {
    const { queue } = this.device.gpu;
    const { buffer, offset } = this.at(region);
    const whole = Math.ceil(byteLength / 4) * 4;
    if (byteOffset + whole <= source.byteLength) {
      queue.writeBuffer(buffer, offset, source, byteOffset, whole);
      return;
    }
    const padded = new Uint8Array(whole);
    padded.set(new Uint8Array(source, byteOffset, byteLength));
    queue.writeBuffer(buffer, offset, padded);
  }

  /** Its buffers that hold nothing between two submits. */
  get scratch(): readonly GPUBuffer[] {
    const transient = [...this.memory].flatMap(([{ kind }, buffer]) => (kind === 'transient' ? [buffer] : []));
    return [...new Set(transient)];
  }

  /** Bytes of GPU memory that this program allocated. */
  get allocatedBytes(): number {
    return this.owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  destroy(): void {
    this.pipelines.destroy();
    for (const buffer of this.owned) buffer.destroy();
  }

  private run(pass: GPUComputePassEncoder, { index, group, grid }: Dispatch): void {
    pass.setPipeline(this.pipelines.at(index).pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...grid);
  }
}

function allocate(
  gpu: GPUDevice,
  program: Program,
  { given, scratch }: { given: ReadonlyMap<LogicalBuffer, GPUBuffer>; scratch: readonly GPUBuffer[] },
  owned: GPUBuffer[],
): Map<LogicalBuffer, GPUBuffer> {
  const memory = new Map<LogicalBuffer, GPUBuffer>();
  const make = (label: string, bytes: number, members: readonly LogicalBuffer[]) => {
    const uniform = members.some((m) => m.purpose === 'settings');
    const usage = (uniform ? UNIFORM : STORAGE) | COPY_SRC | COPY_DST;
    const buffer = gpu.createBuffer({ label, size: bytes, usage });
    owned.push(buffer);
    for (const member of members) memory.set(member, buffer);
  };
  for (const buffer of program.buffers) {
    const shared = given.get(buffer);
    if (shared) memory.set(buffer, shared);
    else if (buffer.kind === 'external') throw new GpuError(`${buffer.label} was not given`);
    else if (buffer.kind === 'persistent') {
      make(buffer.label, buffer.bytes, [buffer]);
      const made = memory.get(buffer);
      if (buffer.content && made) gpu.queue.writeBuffer(made, 0, buffer.content);
    }
  }
  const spare = [...scratch].sort((a, b) => a.size - b.size);
  for (const { bytes, members } of program.share()) {
    const fits = spare.findIndex(({ size }) => size >= bytes);
    const [lent] = fits < 0 ? [] : spare.splice(fits, 1);
    if (lent) for (const member of members) memory.set(member, lent);
    else make(members.map((m) => m.label).join(' | '), bytes, members);
  }
  return memory;
}

/** Where each pass's shape lies in the buffer of all shapes, one aligned slot per pass; and that buffer's size. */
function shapeSlots(passes: readonly RecordedPass[]): { offsets: number[]; bytes: number } {
  const offsets: number[] = [];
  let bytes = 0;
  for (const pass of passes) {
    offsets.push(bytes);
    const fields = shapeFields(pass);
    if (fields) bytes += Math.ceil(fieldBytes(fields) / OFFSET_ALIGNMENT) * OFFSET_ALIGNMENT;
  }
  return { offsets, bytes: Math.max(bytes, OFFSET_ALIGNMENT) };
}

/** Bytes that an executable allocates beside the program's own buffers: every pass's shape, and placeholder buffers. */
export const overheadBytes = ({ passes }: Program): number =>
  shapeSlots(passes).bytes + Object.values(UNUSED).reduce((sum, { bytes }) => sum + bytes, 0);

/** All shape uniforms in one buffer. */
function shapesOf(
  gpu: GPUDevice,
  passes: readonly RecordedPass[],
  owned: GPUBuffer[],
): { buffer: GPUBuffer; offsets: number[] } {
  const { offsets, bytes } = shapeSlots(passes);
  const data = new DataView(new ArrayBuffer(bytes));
  for (const [i, pass] of passes.entries()) {
    const fields = shapeFields(pass);
    if (fields) writeFields(fields, pass.kernel.shape(pass.size, pass.parameters), data, offsets[i]);
  }
  const buffer = gpu.createBuffer({ label: 'shapes', size: data.byteLength, usage: UNIFORM | COPY_DST });
  owned.push(buffer);
  gpu.queue.writeBuffer(buffer, 0, data.buffer);
  return { buffer, offsets };
}

function shapeFields(pass: RecordedPass) {
  const found = Object.values(pass.kernel.bindings).find((b) => b.kind === 'shape');
  return found && !isStorage(found) ? found.fields : undefined;
}

/** Placeholder buffers for optional bindings that a variant does not use. */
const UNUSED = {
  read: { usage: STORAGE, bytes: OFFSET_ALIGNMENT },
  write: { usage: STORAGE, bytes: OFFSET_ALIGNMENT * 16 },
  settings: { usage: UNIFORM, bytes: OFFSET_ALIGNMENT },
} as const;

type Unused = Readonly<Record<keyof typeof UNUSED, GPUBuffer>>;

function unusedOf(gpu: GPUDevice, owned: GPUBuffer[]): Unused {
  const make = ({ usage, bytes }: (typeof UNUSED)[keyof typeof UNUSED]) => {
    const buffer = gpu.createBuffer({ label: 'unused', size: bytes, usage });
    owned.push(buffer);
    return buffer;
  };
  return { read: make(UNUSED.read), write: make(UNUSED.write), settings: make(UNUSED.settings) };
}

function bindingsOf(
  pass: RecordedPass,
  memory: ReadonlyMap<LogicalBuffer, GPUBuffer>,
  unused: Unused,
  shape: { buffer: GPUBuffer; offset: number },
): GPUBindGroupEntry[] {
  return Object.entries(pass.kernel.bindings).map(([name, declared], binding): GPUBindGroupEntry => {
    if (declared.kind === 'shape') {
      return { binding, resource: { buffer: shape.buffer, offset: shape.offset, size: fieldBytes(declared.fields) } };
    }
    const region = pass.regions.get(name);
    if (region) {
      const buffer = memory.get(region.buffer);
      if (!buffer) throw new GpuError(`${pass.label}: ${region.buffer.label} has no memory`);
      return { binding, resource: { buffer, offset: region.offset, size: region.bytes } };
    }
    if (declared.kind === 'settings') return { binding, resource: { buffer: unused.settings } };
    // Two written placeholder buffers must not overlap: one slot per binding.
    if (declared.kind === 'write')
      return {
        binding,
        resource: { buffer: unused.write, offset: binding * OFFSET_ALIGNMENT, size: OFFSET_ALIGNMENT },
      };
    return { binding, resource: { buffer: unused.read } };
  });
}
