// The packages of the decoders, each loaded by itself where a bundler may split. Node.js bundles have them together in one file beside them
// (dist/dicom-codecs.js): half a megabyte each, which no bundle should carry twice.

export const loadJpeg = () => import('@cornerstonejs/codec-libjpeg-turbo-8bit/decode');
export const loadJpegLs = () => import('@cornerstonejs/codec-charls/decode');
export const loadJpeg2000 = () => import('@cornerstonejs/codec-openjpeg/decode');
export const loadJpegLossless = () => import('jpeg-lossless-decoder-js');
