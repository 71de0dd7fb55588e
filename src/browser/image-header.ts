// What an image file says of itself before anything is decoded: its format, its size, whether it moves, whether it is
// whole. Enough to refuse a file with a reason, and never to spend gigabytes on a picture of a billion pixels.

export type ImageFormat = 'PNG' | 'JPEG' | 'GIF' | 'WebP' | 'BMP' | 'AVIF' | 'ICO';
/** Formats that only some browsers decode, or none; named so that a refusal can name them. */
export type ForeignFormat = 'HEIC' | 'TIFF' | 'JPEG XL' | 'JPEG 2000' | 'SVG' | 'PDF' | 'DICOM' | 'ZIP';

export interface ImageHeader {
  readonly format: ImageFormat | ForeignFormat;
  /** In pixels, before the EXIF orientation; undefined where the header is not read that far. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  /** More than one frame: the first one is shown. */
  readonly animated: boolean;
  /** Bits a channel, where that is more than 8. */
  readonly deep: boolean;
  /** The file ends before it says it does. */
  readonly truncated: boolean;
}

/** Undefined for bytes that begin as no image does. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return pngHeader(view, text);
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return jpegHeader(bytes);
  if (/^GIF8[79]a/.test(text(0, 6))) return gifHeader(bytes, view);
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP') return webpHeader(bytes, view, text);
  if (text(0, 2) === 'BM' && bytes.length >= 26) return bmpHeader(view);
  if (text(4, 4) === 'ftyp') return isoHeader(bytes, text);
  if (text(0, 4) === '\0\0\x01\0') return plain('ICO');
  const foreign = foreignFormat(bytes, text);
  return foreign && plain(foreign);
}

const plain = (format: ImageHeader['format']): ImageHeader => ({
  format,
  size: undefined,
  animated: false,
  deep: false,
  truncated: false,
});

type Text = (at: number, length: number) => string;

/** PNG: the header chunk, then chunks to IEND (https://www.w3.org/TR/png-3). acTL says that it moves. */
function pngHeader(view: DataView, text: Text): ImageHeader {
  const whole = view.byteLength >= 26;
  const size = whole ? { width: view.getUint32(16), height: view.getUint32(20) } : undefined;
  let animated = false;
  let ended = false;
  for (let at = 8; at + 12 <= view.byteLength && !ended; at += 12 + view.getUint32(at)) {
    const name = text(at + 4, 4);
    if (name === 'acTL') animated = true;
    if (name === 'IEND') ended = true;
  }
  return { format: 'PNG', size, animated, deep: whole && view.getUint8(24) === 16, truncated: !ended };
}

/** GIF: the screen, then blocks; every image descriptor (0x2c) is a frame. */
function gifHeader(bytes: Uint8Array, view: DataView): ImageHeader {
  if (bytes.length < 13) return { ...plain('GIF'), truncated: true };
  const size = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  const table = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes[10] ?? 0);
  let frames = 0;
  while (at < bytes.length && frames < 2) {
    const kind = bytes[at];
    if (kind === 0x3b) break;
    if (kind === 0x2c) {
      frames++;
      at += 11 + table(bytes[at + 9] ?? 0);
    } else if (kind === 0x21) at += 2;
    else break;
    while (bytes[at]) at += 1 + (bytes[at] ?? 0);
    at++;
  }
  // The first frame is what counts; many files lack the byte that ends them.
  return { format: 'GIF', size, animated: frames > 1, deep: false, truncated: frames < 2 && at > bytes.length };
}

/** WebP (RFC 9649): lossy, lossless, or extended, which has the flag of an animation. */
function webpHeader(bytes: Uint8Array, view: DataView, text: Text): ImageHeader {
  if (bytes.length < 30) return { ...plain('WebP'), truncated: true };
  const truncated = view.getUint32(4, true) + 8 > bytes.length;
  const at24 = (at: number) => view.getUint16(at, true) | ((bytes[at + 2] ?? 0) << 16);
  const kind = text(12, 4);
  const packed = view.getUint32(21, true);
  const size =
    kind === 'VP8X'
      ? { width: at24(24) + 1, height: at24(27) + 1 }
      : kind === 'VP8L'
        ? { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
        : { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  const animated = kind === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0;
  return { format: 'WebP', size, animated, deep: false, truncated };
}

function bmpHeader(view: DataView): ImageHeader {
  const size = { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  return { ...plain('BMP'), size, truncated: view.getUint32(2, true) > view.byteLength };
}

/** ISO base media: the brands say whether it is AVIF, which current browsers decode, or HEIC, which few do. */
function isoHeader(bytes: Uint8Array, text: Text): ImageHeader | undefined {
  const length = Math.min(bytes.length, ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));
  const brands = text(8, Math.max(4, length - 8));
  if (/avif|avis/.test(brands)) return { ...plain('AVIF'), animated: text(8, 4) === 'avis' };
  return /hei[cxmsv]|hev[cx]|mif1|msf1/.test(brands) ? plain('HEIC') : undefined;
}

function foreignFormat(bytes: Uint8Array, text: Text): ForeignFormat | undefined {
  if (/^(II\*\0|MM\0\*)/.test(text(0, 4))) return 'TIFF';
  if (text(0, 5) === '%PDF-') return 'PDF';
  if (text(128, 4) === 'DICM') return 'DICOM';
  if (text(0, 4) === 'PK\x03\x04') return 'ZIP';
  if ((bytes[0] === 0xff && bytes[1] === 0x0a) || text(4, 4) === 'JXL ') return 'JPEG XL';
  if (text(4, 4) === 'jP  ' || text(0, 4) === '\xff\x4f\xff\x51') return 'JPEG 2000';
  return /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*|<!--[^>]*>\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/.test(text(0, 1024))
    ? 'SVG'
    : undefined;
}

// A JPEG's segments (ITU-T T.81, annex B) up to its frame header, and whether it comes to its end. The thumbnail that an
// EXIF segment may hold is a JPEG too: segments are stepped over, not searched.

function jpegHeader(bytes: Uint8Array): ImageHeader {
  const u16 = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  let size: { readonly width: number; readonly height: number } | undefined;
  let deep = false;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (isFrame(marker) && at + 9 <= bytes.length) {
      size = { width: u16(at + 7), height: u16(at + 5) };
      deep = (bytes[at + 4] ?? 8) > 8;
    }
    if (marker === 0xda) break;
    at += 2 + u16(at + 2);
  }
  return { format: 'JPEG', size, animated: false, deep, truncated: !endsAfter(bytes, at) };
}

/** SOF0 to SOF15; C4, C8 and CC are tables and extensions. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** There is an end-of-image marker behind `start`. What cameras append after it does not matter. */
function endsAfter(bytes: Uint8Array, start: number): boolean {
  for (let at = bytes.length - 2; at > start; at--) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  return false;
}
