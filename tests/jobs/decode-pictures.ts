// The demo page's decoder on picture files, each of which comes back as its RGB bytes.

import { Drawing, decode } from '../../demo/worker/decoder.ts';
import { isRefusal } from '../../src/browser/decode-picture.ts';
import type { ImageNote } from '../../src/browser/refusal.ts';
import type { PictureOptions } from '../../src/data/picture-options.ts';
import { defineJob } from '../../src/jobs/define-job.ts';

export type DecodeRequest = { readonly files: ReadonlyMap<string, Uint8Array>; readonly options: PictureOptions };

/** By the files' names. */
export type DecodedReport = {
  readonly [name: string]: {
    readonly refusal: string | null;
    readonly width: number;
    readonly height: number;
    readonly notes: readonly ImageNote[];
    /** RGB, row by row; undefined for a file that is refused. */
    readonly pixels?: Uint8Array;
  };
};

export const decodePictures = defineJob(
  'decode-pictures',
  async ({ files, options }: DecodeRequest): Promise<DecodedReport> => {
    const drawing = new Drawing();
    const report: Record<string, DecodedReport[string]> = {};
    for (const [name, bytes] of files) {
      const decoded = await decode(bytes.slice(), options, drawing);
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
      report[name] = { refusal: null, width, height, notes, pixels: rgb };
    }
    return report;
  },
);
