// The packages of the decoders, each loaded by itself where a bundler may split. Node.js bundles have them together in one file beside them
// (dist/dicom-codecs.js): half a megabyte each, which no bundle should carry twice.

/** A decoder of Cornerstone's. */
interface Decoder {
  /** Room for a coded frame, in the decoder's own memory. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
  };
  /** JPEG-LS: 0, one plane after another. */
  getInterleaveMode?(): number;
  delete(): void;
}

/** What the modules of all three give. */
export interface CodecModule {
  readonly JpegLSDecoder?: new () => Decoder;
  readonly J2KDecoder?: new () => Decoder;
  readonly JPEGDecoder?: new () => Decoder;
}

export type CodecFactory = (options: {
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}) => Promise<CodecModule>;

type CodecPackage = Promise<{ readonly default: CodecFactory }>;

/** jpeg-lossless-decoder-js. */
export interface LosslessPackage {
  readonly Decoder: new () => {
    decode(
      buffer: ArrayBuffer,
      offset: number,
      length: number,
      bytesPerSample: number,
    ): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  };
}

export const loadJpeg = (): CodecPackage => import('@cornerstonejs/codec-libjpeg-turbo-8bit/decode');
export const loadJpegLs = (): CodecPackage => import('@cornerstonejs/codec-charls/decode');
export const loadJpeg2000 = (): CodecPackage => import('@cornerstonejs/codec-openjpeg/decode');
export const loadJpegLossless = (): Promise<LosslessPackage> => import('jpeg-lossless-decoder-js');
