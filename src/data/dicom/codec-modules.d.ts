// Modules of Cornerstone's codecs, which come without declarations.

declare module '@cornerstonejs/codec-charls/decode' {
  const factory: import('./codec-packages.ts').CodecFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg/decode' {
  const factory: import('./codec-packages.ts').CodecFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decode' {
  const factory: import('./codec-packages.ts').CodecFactory;
  export default factory;
}
declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    decode(
      buffer: ArrayBuffer,
      offset: number,
      length: number,
      bytesPerSample: number,
    ): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  }
}
