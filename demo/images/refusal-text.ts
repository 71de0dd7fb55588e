// A refusal, and what is worth knowing of an image that was read, in the visitor's language.

import { format, text } from '../text/text.ts';
import { type ImageNote, MAX_FILE_BYTES, MAX_PIXELS, type Refusal } from './refusal.ts';

export function refusalText(refusal: Refusal): string {
  const words = text().images.refusal;
  const { bytes, count } = format();
  switch (refusal.kind) {
    case 'empty':
      return words.empty;
    case 'unreadable':
      return words.unreadable;
    case 'not-an-image':
      return words.notAnImage;
    case 'too-many-bytes':
      return words.tooManyBytes(bytes(refusal.bytes), bytes(MAX_FILE_BYTES));
    case 'too-many-pixels':
      return words.tooManyPixels(`${count(refusal.width)} × ${count(refusal.height)}`, count(MAX_PIXELS));
    case 'foreign-format':
      return words.foreignFormat(refusal.format);
    case 'cut-off':
      return words.cutOff(refusal.format);
    case 'damaged':
      return words.damaged(refusal.format);
    case 'failed':
      return words.failed(refusal.detail);
  }
}

export function noteText(note: ImageNote): string {
  const { firstFrame, eightBits, clipped, rounded } = text().images.note;
  return { 'first-frame': firstFrame, 'eight-bits': eightBits, clipped, rounded }[note];
}
