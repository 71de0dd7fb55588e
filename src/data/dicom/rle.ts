// DICOM's run-length coding (PS3.5, annex G): a header of 64 bytes says where each segment begins; a segment is one byte of every sample,
// the most significant first, packed as TIFF's PackBits.

import { DataError } from '../../runtime/errors.ts';

/**
 * A frame's samples as bytes, little endian, [pixels][samples][bytes].
 * @throws DataError where a segment is missing, or ends before all its bytes are there
 */
export function decodeRle(
  coded: Uint8Array,
  { pixels, samples, bytes }: { readonly pixels: number; readonly samples: number; readonly bytes: number },
  at: number,
  file: string,
): Uint8Array<ArrayBuffer> {
  const segments = samples * bytes;
  const view = new DataView(coded.buffer, coded.byteOffset, coded.byteLength);
  if (coded.length < 64 || view.getUint32(0, true) !== segments)
    throw new DataError(file, at, `a frame of RLE without its ${segments} segments`);
  // Two bytes make at most 128.
  if (64 * coded.length < pixels * segments)
    throw new DataError(file, at, `a frame of RLE in ${coded.length} bytes, too few for ${pixels * segments}`);
  const out = new Uint8Array(pixels * segments);
  for (let segment = 0; segment < segments; segment++) {
    const from = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : coded.length;
    const sample = Math.floor(segment / bytes);
    const byte = bytes - 1 - (segment % bytes);
    const made =
      from < 64 || from > end || end > coded.length
        ? 0
        : unpack(coded.subarray(from, end), out, sample * bytes + byte, segments);
    if (made < pixels)
      throw new DataError(
        file,
        at + Math.min(from, coded.length),
        `segment ${segment + 1} of RLE ends after ${made} of ${pixels} bytes`,
      );
  }
  return out;
}

/** Writes every `step`th byte of `out`; how many. */
function unpack(packed: Uint8Array, out: Uint8Array, start: number, step: number): number {
  let to = start;
  for (let at = 0; at < packed.length && to < out.length; ) {
    const control = packed[at++] ?? 0;
    if (control === 128) continue;
    const run = control > 128;
    const count = run ? 257 - control : control + 1;
    if (at + (run ? 1 : count) > packed.length) break;
    for (let i = 0; i < count && to < out.length; i++, to += step) out[to] = packed[run ? at : at + i] ?? 0;
    at += run ? 1 : count;
  }
  return Math.floor((to - start) / step);
}
