// Who shares memory with whom. Each logical buffer lives from its first pass to its last; buffers whose lives do not
// overlap may lie in one allocation, whole on whole: WebGPU has no aliasing, and a buffer bound read-only and
// read-write in one dispatch is an error, so parts of an allocation are never shared.

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
