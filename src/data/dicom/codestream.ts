// What a coded frame says of itself, before any decoder is given it: a decoder takes memory on its word, so it must say what the
// DICOM header says.

export interface Codestream {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly bits: number;
  /** JPEG's kind of frame (its SOF marker, 0xc0 to 0xcf), JPEG-LS's (0xf7), or JPEG 2000's (0x51). */
  readonly kind: number;
}

/** Undefined where the bytes are neither JPEG, JPEG-LS nor JPEG 2000, or end before they say. */
export function readCodestream(bytes: Uint8Array): Codestream | undefined {
  if (bytes[0] !== 0xff) return undefined;
  return bytes[1] === 0x4f ? jpeg2000(bytes) : bytes[1] === 0xd8 ? jpeg(bytes) : undefined;
}

/** ITU-T T.81, annex B; T.87, annex C. */
function jpeg(bytes: Uint8Array): Codestream | undefined {
  const u16 = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff; ) {
    const kind = bytes[at + 1] ?? 0;
    if (kind === 0xff) at++;
    else if ((kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)) || kind === 0xf7)
      return { kind, bits: bytes[at + 4] ?? 0, height: u16(at + 5), width: u16(at + 7), samples: bytes[at + 9] ?? 0 };
    else at += 2 + u16(at + 2);
  }
  return undefined;
}

/** ITU-T T.800, annex A.5.1. More than this many tiles is not a picture but a trap. */
const MOST_TILES = 65535;

function jpeg2000(bytes: Uint8Array): Codestream | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 47 || view.getUint16(2) !== 0xff51) return undefined;
  const [right = 0, bottom = 0, left = 0, top = 0, tileWidth = 0, tileHeight = 0] = [8, 12, 16, 20, 24, 28].map((at) =>
    view.getUint32(at),
  );
  const samples = view.getUint16(40);
  if (samples < 1 || bytes.length < 42 + 3 * samples || tileWidth === 0 || tileHeight === 0) return undefined;
  if (Math.ceil(right / tileWidth) * Math.ceil(bottom / tileHeight) > MOST_TILES) return undefined;
  return { kind: 0x51, width: right - left, height: bottom - top, samples, bits: ((bytes[42] ?? 0) & 0x7f) + 1 };
}

const ADOBE_RGB = [0xff, 0xee, 0x00, 0x0e, 0x41, 0x64, 0x6f, 0x62, 0x65, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00];

/**
 * A JPEG whose colours are RGB as they are stored, so that a decoder knows it: without a word of Adobe's about them it takes them for
 * YCbCr. Such files come from DICOM writers that say it in the header alone.
 */
export function asStoredRgb(bytes: Uint8Array): Uint8Array {
  const u16 = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const out = new Uint8Array(bytes.length + ADOBE_RGB.length);
  out.set(bytes.subarray(0, 2));
  out.set(ADOBE_RGB, 2);
  out.set(bytes.subarray(2), 2 + ADOBE_RGB.length);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; at += 2 + u16(at + 2)) {
    if (bytes[at + 1] === 0xee) return bytes;
    // JFIF's segment says YCbCr, too: it becomes a comment.
    if (bytes[at + 1] === 0xe0) out[at + ADOBE_RGB.length + 1] = 0xfe;
  }
  return out;
}
