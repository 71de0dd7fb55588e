// The demo page's decoder on picture files: each attachment is a file, and comes back as its RGB bytes.
import { Drawing, decode, isRefusal } from '../../demo/images/decoder.ts';
import type { ImageNote } from '../../demo/images/refusal.ts';
import type { PictureOptions } from '../../src/data/picture-options.ts';
import type { Jobs } from '../../src/jobs/job.ts';
import { message } from '../../src/jobs/message.ts';

/** By the files' names; a file that is refused has no attachment. */
export type DecodedReport = {
  readonly [name: string]: {
    readonly refusal: string | null;
    readonly width: number;
    readonly height: number;
    readonly notes: readonly ImageNote[];
  };
};

export const decodePictures: Jobs = {
  'decode-pictures': async ({ head, attachments }) => {
    const drawing = new Drawing();
    const report: Record<string, DecodedReport[string]> = {};
    const pixels = new Map<string, Uint8Array>();
    for (const [name, bytes] of attachments) {
      const decoded = await decode(bytes.slice(), head as PictureOptions, drawing);
      if (isRefusal(decoded)) {
        report[name] = { refusal: decoded.kind, width: 0, height: 0, notes: [] };
        continue;
      }
      const { image, notes, bitmap } = decoded;
      const { width, height, channels } = image;
      bitmap.close();
      const rgb = new Uint8Array(3 * width * height);
      for (let i = 0; i < rgb.length; i++) {
        rgb[i] = image.pixels[Math.floor(i / 3) * channels + (channels === 1 ? 0 : i % 3)] ?? 0;
      }
      report[name] = { refusal: null, width, height, notes };
      pixels.set(name, rgb);
    }
    return message(report, pixels);
  },
};
