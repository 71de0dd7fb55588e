// GPUBufferUsage and GPUMapMode, stated because hosts differ in which WebGPU globals they have.

export const MAP_READ = 0x01;
export const COPY_SRC = 0x04;
export const COPY_DST = 0x08;
export const UNIFORM = 0x40;
export const STORAGE = 0x80;
export const QUERY_RESOLVE = 0x200;

/** Of `mapAsync`. */
export const MAP_MODE_READ = 0x01;
