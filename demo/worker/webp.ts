// A lossy WebP as if it had no alpha: the colours are coded apart from it, and a decoder that is told of none gives them as
// they are, where a canvas would multiply them by it. In a lossless one both are coded together. RFC 9649, section 2.7.

const ALPHA_FLAG = 0x10;
const ANIMATION_FLAG = 0x02;

/** A copy of the file with its alpha hidden; itself where it is no such WebP, or animated. */
export function withoutWebpAlpha(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (text(0) !== 'RIFF' || text(8) !== 'WEBP') return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = bytes.slice();
  for (let at = 12; at + 8 <= bytes.length; at += 8 + ((view.getUint32(at + 4, true) + 1) & ~1)) {
    const kind = text(at);
    const data = at + 8;
    if (kind === 'VP8L' || (kind === 'VP8X' && ((bytes[data] ?? 0) & ANIMATION_FLAG) !== 0)) return bytes;
    if (kind === 'VP8X') copy[data] = (bytes[data] ?? 0) & ~ALPHA_FLAG;
    // A chunk of an unknown name is stepped over.
    if (kind === 'ALPH') copy.set([0x58, 0x58, 0x58, 0x58], at);
  }
  return copy;
}
