// How many bytes of buffers a device holds, counted at the one place where they are made: `createBuffer` of this very
// device, and `destroy` of what it gave. Independent of every plan, so that a plan's forecast can be held against it.

export interface GpuBytes {
  /** Bytes of the buffers that are there now. */
  readonly bytes: number;
  readonly buffers: number;
}

/** Counts from now on; the function returned tells how it stands. */
export function countBuffers(gpu: GPUDevice): () => GpuBytes {
  const alive = new Map<GPUBuffer, number>();
  const create = gpu.createBuffer;
  const counted = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const buffer = create.call(gpu, descriptor);
    alive.set(buffer, descriptor.size);
    const { destroy } = buffer;
    Object.defineProperty(buffer, 'destroy', {
      configurable: true,
      value: () => {
        alive.delete(buffer);
        return destroy.call(buffer);
      },
    });
    return buffer;
  };
  Object.defineProperty(gpu, 'createBuffer', { configurable: true, value: counted });
  return () => ({ bytes: [...alive.values()].reduce((sum, size) => sum + size, 0), buffers: alive.size });
}
