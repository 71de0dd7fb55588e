// A program: logical buffers and the passes over them, recorded without a GPU. Recording checks that every binding
// gets what it needs, notes each buffer's life, and knows each pass's cost, so that a plan can be described, checked
// against a device's limits and given shared memory before anything is allocated. `executable.ts` makes it real.

import { ShaderError } from './errors.ts';
import {
  type AnyKernel,
  type Bindings,
  bindingBytes,
  type Cost,
  type Grid,
  isStorage,
  type Kernel,
  type Parameters,
  type Promoted,
  type ShaderKind,
  type Supplied,
} from './kernel.ts';

/**
 * `transient`: holds something only between two passes of one submit, and may share memory.
 * `persistent`: survives from submit to submit, or is written or read by the caller.
 * `external`: belongs to somebody else (the parameters, which several programs share).
 */
export type BufferKind = 'transient' | 'persistent' | 'external';

/** A buffer of a plan, before it has memory. */
export interface LogicalBuffer {
  /** What it holds. */
  readonly label: string;
  /** Its size. */
  readonly bytes: number;
  /** How long it lives. */
  readonly kind: BufferKind;
  /** What its bytes count as in a forecast: 'features', 'bottlenecks', 'gradients', 'scratch' ... */
  readonly purpose: string;
  /** What it holds from the start (tables); such a buffer is never shared. */
  readonly content: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | undefined;
  /** Its values are f16, two per word; every binding of it is. */
  readonly packedF16: boolean;
  /** Index of the first pass that touches it. */
  first: number;
  /** Index of the last. */
  last: number;
}

/** A range of a logical buffer, in bytes; its offset is a multiple of 256. */
export interface Region {
  /** The buffer. */
  readonly buffer: LogicalBuffer;
  /** From the buffer's start. */
  readonly offset: number;
  /** Its length. */
  readonly bytes: number;
}

export interface RecordedPass {
  readonly section: string;
  readonly label: string;
  readonly kernel: AnyKernel;
  readonly size: unknown;
  readonly parameters: Parameters;
  /** `read` bindings that are declared `read_write`, because the pass writes another range of the same buffer. */
  readonly promoted: readonly string[];
  /** Bindings whose buffers hold f16. */
  readonly packedF16: readonly string[];
  readonly shader: ShaderKind;
  readonly regions: ReadonlyMap<string, Region>;
  readonly grid: Grid;
  readonly cost: Cost;
}

export interface PassOptions<P extends Parameters> {
  readonly label?: string;
  readonly parameters?: Partial<Promoted<P>>;
  /** Default: 'portable'. */
  readonly shader?: ShaderKind | undefined;
}

/** Binding offsets are multiples of this under WebGPU's default limits. */
export const OFFSET_ALIGNMENT = 256;

export class Program {
  readonly buffers: LogicalBuffer[] = [];
  readonly passes: RecordedPass[] = [];
  private section = 'main';

  /** Passes recorded from here on belong to `name`; sections are submitted by name, in the order of recording. */
  startSection(name: string): void {
    this.section = name;
  }

  buffer(label: string, bytes: number, kind: BufferKind, purpose: string, packedF16 = false): Region {
    return this.add(label, bytes, kind, purpose, undefined, packedF16);
  }

  /** A buffer that holds `content` before the first submit. */
  constant(label: string, content: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>, purpose: string): Region {
    return this.add(label, content.byteLength, 'persistent', purpose, content, false);
  }

  private add(
    label: string,
    bytes: number,
    kind: BufferKind,
    purpose: string,
    content: LogicalBuffer['content'],
    packedF16: boolean,
  ): Region {
    const rounded = Math.max(16, Math.ceil(bytes / 16) * 16);
    const buffer = {
      label,
      bytes: rounded,
      kind,
      purpose,
      content,
      packedF16,
      first: Number.POSITIVE_INFINITY,
      last: -1,
    };
    this.buffers.push(buffer);
    return { buffer, offset: 0, bytes: Math.max(4, Math.ceil(bytes / 4) * 4) };
  }

  /**
   * @throws ShaderError when a binding is missing or too small, when two written ranges overlap, or when a buffer holds
   * f16 and the kernel cannot
   */
  pass<S, P extends Parameters, B extends Bindings<S>>(
    kernel: Kernel<S, P, B>,
    size: S,
    bindings: Supplied<B, Region>,
    options: PassOptions<P> = {},
  ): void {
    const parameters: Promoted<P> = { ...kernel.choose(size), ...options.parameters };
    const recorded: AnyKernel = kernel;
    const label = options.label ? `${options.label} ${kernel.id}` : kernel.id;
    const regions = this.bind(recorded, label, size, parameters, new Map(Object.entries(bindings)));
    const grid = kernel.grid(size, parameters);
    if (!grid.every((n) => Number.isInteger(n) && n >= 1)) {
      throw new ShaderError(label, `a grid of ${grid.join(' x ')} workgroups cannot be dispatched`);
    }
    const packedF16 = [...regions].filter(([, { buffer }]) => buffer.packedF16).map(([name]) => name);
    this.passes.push({
      section: this.section,
      label,
      kernel: recorded,
      size,
      parameters,
      promoted: promoted(recorded, label, regions),
      packedF16,
      shader: options.shader ?? 'portable',
      regions,
      grid,
      cost: costOf(recorded, size, parameters, packedF16),
    });
  }

  /** Keeps what a transient buffer holds after the last pass until the next submit: the caller reads it. */
  hold({ buffer }: Region): void {
    buffer.last = Number.POSITIVE_INFINITY;
  }

  /** Memory of the transient buffers that some pass touches, shared where lives do not overlap. */
  share(): Allocation<LogicalBuffer>[] {
    return shareMemory(this.buffers.filter((b) => b.kind === 'transient' && b.last >= 0));
  }

  private bind(
    kernel: AnyKernel,
    label: string,
    size: unknown,
    parameters: Parameters,
    given: ReadonlyMap<string, Region | undefined>,
  ): Map<string, Region> {
    const regions = new Map<string, Region>();
    const index = this.passes.length;
    for (const [name, binding] of Object.entries(kernel.bindings)) {
      if (binding.kind === 'shape') continue;
      const region = given.get(name);
      const packedF16 = region?.buffer.packedF16 === true;
      if (packedF16 && !(isStorage(binding) && binding.supportsF16Storage)) {
        throw new ShaderError(label, `${name} cannot be f16, which ${region?.buffer.label} holds`);
      }
      const bytes = isStorage(binding) ? bindingBytes(binding, size, parameters, packedF16) : undefined;
      if (bytes === 0 || (!region && binding.optional && bytes === undefined)) continue;
      if (!region) throw new ShaderError(label, `${name} is not bound; this variant needs ${bytes} bytes of it`);
      const needed = bytes ?? region.bytes;
      if (region.bytes < needed) {
        throw new ShaderError(label, `${name} needs ${needed} bytes, ${region.buffer.label} gives ${region.bytes}`);
      }
      if (region.offset % OFFSET_ALIGNMENT !== 0) {
        throw new ShaderError(label, `${name} starts at byte ${region.offset}, not a multiple of ${OFFSET_ALIGNMENT}`);
      }
      regions.set(name, { ...region, bytes: needed });
      region.buffer.first = Math.min(region.buffer.first, index);
      region.buffer.last = Math.max(region.buffer.last, index);
    }
    return regions;
  }
}

/** A part of a region, in bytes from its start. */
export function slice(region: Region, offset: number, bytes: number): Region {
  if (offset < 0 || offset + bytes > region.bytes) {
    throw new ShaderError(
      region.buffer.label,
      `has no bytes ${offset} to ${offset + bytes}, it ends at ${region.bytes}`,
    );
  }
  return { buffer: region.buffer, offset: region.offset + offset, bytes };
}

/** What a kernel costs at a size; bindings among `packedF16` hold f16. */
export const costOf = (
  kernel: AnyKernel,
  size: unknown,
  parameters: Parameters,
  packedF16: readonly string[] = [],
): Cost => kernel.cost(size, parameters, valueBytes(kernel, packedF16));

/** Bytes of one value of each binding. */
const valueBytes = (kernel: AnyKernel, packedF16: readonly string[]): Record<string, number> =>
  Object.fromEntries(Object.keys(kernel.bindings).map((name) => [name, packedF16.includes(name) ? 2 : 4]));

function promoted(kernel: AnyKernel, label: string, regions: ReadonlyMap<string, Region>): string[] {
  const written = [...regions].filter(([name]) => kernel.bindings[name]?.kind === 'write');
  const promoted: string[] = [];
  for (const [name, region] of regions) {
    for (const [writer, target] of written) {
      if (name === writer || region.buffer !== target.buffer) continue;
      if (region.offset < target.offset + target.bytes && target.offset < region.offset + region.bytes) {
        throw new ShaderError(label, `${name} overlaps ${writer}, which is written, in ${target.buffer.label}`);
      }
      if (kernel.bindings[name]?.kind === 'read' && !promoted.includes(name)) promoted.push(name);
    }
  }
  return promoted;
}

export interface Lifetime {
  readonly bytes: number;
  /** Index of the first and of the last pass that touches it. */
  readonly first: number;
  readonly last: number;
}

export interface Allocation<L extends Lifetime> {
  readonly bytes: number;
  readonly members: readonly L[];
}

/**
 * Who shares memory with whom. Each logical buffer lives from its first pass to its last; buffers whose lifetimes do not
 * overlap may lie in one allocation, whole on whole: WebGPU has no aliasing, and a buffer bound read-only and read-write in
 * one dispatch is an error, so parts of an allocation are never shared.
 *
 * Largest first, each into the smallest allocation that is free during its life: an allocation's size is that of its
 * first member, so nothing grows, and a buffer takes new memory only when every larger one is in use.
 */
export function shareMemory<L extends Lifetime>(buffers: readonly L[]): Allocation<L>[] {
  const allocations: { bytes: number; members: L[] }[] = [];
  const order = [...buffers].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  for (const buffer of order) {
    let best: { bytes: number; members: L[] } | undefined;
    for (const allocation of allocations) {
      const free = allocation.members.every((m) => m.last < buffer.first || buffer.last < m.first);
      if (free && (!best || allocation.bytes < best.bytes)) best = allocation;
    }
    if (best) best.members.push(buffer);
    else allocations.push({ bytes: buffer.bytes, members: [buffer] });
  }
  return allocations;
}
