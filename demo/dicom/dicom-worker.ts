// The worker that reads DICOM files: what parses a stranger's bytes is in a realm of its own, without a network, and nothing of a
// patient comes out of it: pixels of 8 bits and a window.

import '../own-server-only.ts';
import type { WindowChoice } from '../../src/data/deep-image.ts';
import { greySpan, imageOf, readDicomFrame } from '../../src/data/dicom/read-dicom.ts';
import { shownImage } from '../../src/data/prepare-deep.ts';
import type { DecodedImage } from '../../src/data/preprocess.ts';
import { defineJob, jobRegistry } from '../../src/jobs/define-job.ts';
import { serveInWorker } from '../../src/jobs/worker-transport.ts';
import type { SeenFile } from './dicom-window.ts';

export type DicomRequest = { readonly bytes: Uint8Array<ArrayBuffer>; readonly window: WindowChoice };
/** The picture as a BMP, which every browser decodes to the bytes that went in. */
export type DicomAnswer = { readonly bmp: Uint8Array<ArrayBuffer>; readonly seen: SeenFile };

export const dicomJobs = () =>
  jobRegistry(
    defineJob('read-dicom', async ({ bytes, window }: DicomRequest): Promise<DicomAnswer> => {
      const frame = await readDicomFrame(bytes, 'DICOM');
      const { header, levels } = frame;
      const isGrey = header.photometric.startsWith('MONOCHROME');
      const { window: own, voiTable } = isGrey ? levels() : {};
      const seen: SeenFile = {
        ...(isGrey ? greySpan(frame, window) : { least: 0, most: 0, centre: 0, width: 1 }),
        frames: header.frames,
        isGrey,
        hasOwn: own !== undefined || voiTable !== undefined,
      };
      return { bmp: bmpOf(shownImage(imageOf(frame, window).image)), seen };
    }),
  );

serveInWorker(dicomJobs);

const HEADER_BYTES = 54;

/** 24 bits, rows from the bottom up, each filled up to four bytes. */
function bmpOf({ width, height, channels, pixels }: DecodedImage): Uint8Array<ArrayBuffer> {
  const row = (3 * width + 3) & ~3;
  const bytes = new Uint8Array(HEADER_BYTES + row * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  for (const [at, value] of [
    [2, bytes.length],
    [10, HEADER_BYTES],
    [14, 40],
    [18, width],
    [22, height],
  ] as const)
    view.setUint32(at, value, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let y = 0; y < height; y++) {
    let to = HEADER_BYTES + (height - 1 - y) * row;
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      for (let channel = 2; channel >= 0; channel--) bytes[to++] = pixels[from + (channels === 1 ? 0 : channel)] ?? 0;
    }
  }
  return bytes;
}
