// A JPEG's segments (ITU-T T.81, annex B) up to its frame header, and whether it comes to its end. The thumbnail that an
// EXIF segment may hold is a JPEG too: segments are stepped over, not searched.

import type { ImageHeader } from './image-header.ts';

export function jpegHeader(bytes: Uint8Array): ImageHeader {
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
