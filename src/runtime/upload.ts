// Bytes from the caller to the GPU, read at the call: what happens to the array afterwards changes nothing.

import type { Slice } from './executable.ts';

/**
 * Writes an array to the start of a slice. `writeBuffer` moves multiples of four bytes: the last word of bytes that end
 * inside one is filled up with what follows in their buffer, where something does, else with zeros. Nothing reads it.
 */
export function upload({ queue }: GPUDevice, { buffer, offset }: Slice, data: ArrayBufferView<ArrayBuffer>): void {
  const { byteLength, byteOffset } = data;
  const whole = Math.ceil(byteLength / 4) * 4;
  if (byteOffset + whole <= data.buffer.byteLength) {
    queue.writeBuffer(buffer, offset, data.buffer, byteOffset, whole);
    return;
  }
  const padded = new Uint8Array(whole);
  padded.set(new Uint8Array(data.buffer, byteOffset, byteLength));
  queue.writeBuffer(buffer, offset, padded);
}
