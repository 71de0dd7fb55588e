// Decoders of coded frames, each loaded when a file first needs it: Cornerstone's builds of CharLS (JPEG-LS), OpenJPEG (JPEG 2000) and
// libjpeg-turbo (JPEG, 8 bits) as plain JavaScript, so that no page must allow WebAssembly for them; and jpeg-lossless-decoder-js. One
// that failed is made anew: what a damaged file left in its memory must not reach the next one.

import type { CodecFactory, CodecModule } from './codec-packages.ts';
import type { FrameCoding } from './syntaxes.ts';

const packages = () => import('./codec-packages.ts');

type ModuleCoding = Exclude<FrameCoding, 'native' | 'rle' | 'jpeg-lossless'>;

const MODULES: Readonly<
  Record<
    ModuleCoding,
    { readonly load: () => Promise<{ readonly default: CodecFactory }>; readonly decoder: keyof CodecModule }
  >
> = {
  jpeg: { load: async () => (await packages()).loadJpeg(), decoder: 'JPEGDecoder' },
  'jpeg-ls': { load: async () => (await packages()).loadJpegLs(), decoder: 'JpegLSDecoder' },
  'jpeg-2000': { load: async () => (await packages()).loadJpeg2000(), decoder: 'J2KDecoder' },
};

/** What a decoder prints is about the file, and may quote it. */
const silent = () => {};
const ready = new Map<ModuleCoding, CodecModule>();

/** Samples of a decoded frame: bytes or 16-bit words, little endian, interleaved unless `planar`. */
export interface DecodedFrame {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly bytesPerSample: number;
  readonly planar: boolean;
}

/** @throws whatever the decoder throws: the caller says of which file */
export async function decodeFrame(
  coded: Uint8Array,
  coding: Exclude<FrameCoding, 'native' | 'rle'>,
  bits: number,
): Promise<DecodedFrame> {
  if (coding === 'jpeg-lossless') return lossless(coded, bits);
  const { load, decoder: name } = MODULES[coding];
  const codec = ready.get(coding) ?? (await (await load()).default({ print: silent, printErr: silent }));
  ready.set(coding, codec);
  const Made = codec[name];
  if (!Made) throw new Error(`the package has no ${name}`);
  // Until it is done, and for good where it throws.
  ready.delete(coding);
  const decoder = new Made();
  decoder.getEncodedBuffer(coded.length).set(coded);
  decoder.decode();
  const { bitsPerSample } = decoder.getFrameInfo();
  const frame = {
    bytes: new Uint8Array(decoder.getDecodedBuffer()),
    bytesPerSample: bitsPerSample > 8 ? 2 : 1,
    planar: coding === 'jpeg-ls' && decoder.getInterleaveMode?.() === 0,
  };
  decoder.delete();
  ready.set(coding, codec);
  return frame;
}

async function lossless(coded: Uint8Array, bits: number): Promise<DecodedFrame> {
  const { Decoder } = await (await packages()).loadJpegLossless();
  const bytesPerSample = bits > 8 ? 2 : 1;
  // It reads to the end of the buffer that it is given.
  const own = coded.slice();
  const samples = new Decoder().decode(own.buffer, 0, own.length, bytesPerSample);
  return {
    bytes: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
    bytesPerSample: samples.BYTES_PER_ELEMENT,
    planar: false,
  };
}
