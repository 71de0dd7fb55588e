// A refusal, and what is worth knowing of an image that was read, in the visitor's language.

import { type ImageNote, MAX_FILE_BYTES, MAX_PIXELS, type Refusal } from '../../src/browser/refusal.ts';
import { format, text } from '../text/text.ts';

export function refusalText(refusal: Refusal): string {
  const strings = text().images.refusal;
  const { bytes, count } = format();
  switch (refusal.kind) {
    case 'empty':
      return strings.empty;
    case 'unreadable':
      return strings.unreadable;
    case 'not-an-image':
      return strings.notAnImage;
    case 'too-many-bytes':
      return strings.tooManyBytes(bytes(refusal.bytes), bytes(MAX_FILE_BYTES));
    case 'too-many-pixels':
      return strings.tooManyPixels(`${count(refusal.width)} × ${count(refusal.height)}`, count(MAX_PIXELS));
    case 'foreign-format':
      return strings.foreignFormat(refusal.format);
    case 'truncated':
      return strings.truncated(refusal.format);
    case 'damaged':
      return strings.damaged(refusal.format);
    case 'failed':
      return strings.failed(refusal.detail);
  }
}

export function noteText(note: ImageNote): string {
  const { firstFrame, eightBits, clipped, rounded } = text().images.note;
  return { 'first-frame': firstFrame, 'eight-bits': eightBits, clipped, rounded }[note];
}
