// What files are, by their first bytes, and the sentence that says what to do.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import { type FileKind, fileKind, otherKind } from './file-kind.ts';
import { readIdx } from './idx.ts';
import { readNpy } from './npy.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { readTextFile } from './text-file.ts';

const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);
/** A zip's first local header, for a stored entry. */
const zip = (...names: string[]) =>
  latin(names.map((name) => `PK\x03\x04${'\0'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}`).join(''));
const INDEX =
  '{"metadata":{},"weight_map":{"a.weight":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}';

const FILES: readonly (readonly [FileKind, Uint8Array, RegExp])[] = [
  ['empty', new Uint8Array(), /is empty; .*fetch it again/],
  ['torch-zip', zip('model/data.pkl', 'model/data/0'), /PyTorch file \(zip, from torch\.save\).*densenet import/],
  ['npz', zip('arr_0.npy'), /\.npz.*numpy\.save/],
  ['keras', zip('metadata.json', 'config.json', 'model.weights.h5'), /\.keras.*densenet import/],
  ['tfjs', latin('{"format":"layers-model","modelTopology":{}}'), /TensorFlow\.js.*densenet import/],
  ['tfjs-zip', zip('model.json', 'group1-shard1of1.bin'), /TensorFlow\.js.*zip.*densenet import/],
  ['zip', zip('readme.txt'), /zip archive.*unpack/],
  ['pickle', latin('\x80\x02\x8a\x0alfc\x9cF\xf9 j\xa8P\x19.'), /pickle.*densenet import/],
  ['pickle', latin('\x80\x04\x95\x10\0\0\0\0\0\0\0}'), /pickle/],
  ['hdf5', latin('\x89HDF\r\n\x1a\n\0\0'), /HDF5.*Keras.*densenet import/],
  ['onnx', latin('\x08\x08\x12\x07pytorch\x1a\x051.13'), /ONNX.*densenet import/],
  ['savedmodel', latin('\x08\x01\x12\xcd\x02\x0a'), /SavedModel/],
  ['tflite', latin('\x1c\0\0\0TFL3\x14\0'), /TensorFlow Lite/],
  ['gzip', new Uint8Array(gzipSync('x')), /compressed \(gzip\).*gunzip/],
  ['compressed', latin('\xfd7zXZ\0\0'), /compressed.*unpack/],
  [
    'lfs',
    utf8('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
    /Git LFS pointer.*git lfs pull/,
  ],
  ['html', utf8('\n<!DOCTYPE html><html><head><title>404'), /web page.*download/],
  ['index', utf8(INDEX), /index .*\(model-00001-of-00002\.safetensors, model-00002-of-00002\.safetensors\).*merge/],
  ['json', utf8('{"architecture": "densenet121"}'), /JSON file/],
  ['image', latin('\x89PNG\r\n\x1a\n'), /a picture/],
  ['image', latin('RIFF\0\0\0\0WEBPVP8 '), /a picture/],
  ['npy', latin("\x93NUMPY\x01\0v\0{'descr'"), /NumPy array/],
  ['idx', latin('\0\0\x08\x03\0\0\0\x01'), /IDX/],
  ['text', utf8('shoe\nbag\n'), /text file/],
];

describe('what a file is', () => {
  it.each(FILES)('%s', (kind, bytes, words) => {
    expect(fileKind(bytes)).toBe(kind);
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow(DataError);
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow(words);
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow(
      /model\.safetensors: .*a safetensors file is needed/,
    );
  });

  it('the wanted kind is not refused', () => {
    expect(fileKind(writeSafetensors(new Map()))).toBe('safetensors');
    expect(otherKind(latin('\x89PNG'), 'picture')).toBeUndefined();
    expect(otherKind(utf8('{}'), 'text')).toBeUndefined();
    for (const bytes of [zip('model/data.pkl'), Uint8Array.of(0x80, 2, 0x7d, 0x2e)])
      expect(otherKind(bytes, 'weights')).toBeUndefined();
    expect(otherKind(latin(`${'\0'.repeat(257)}ustar`), 'weights')).toMatch(/before version 0\.1\.12/);
    expect(otherKind(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 'weights')).toBeUndefined();
  });

  it('is said by the other readers too', () => {
    const page = utf8('<html>');
    expect(() => readNpy(zip('arr_0.npy'), 'x.npy')).toThrow(
      /x\.npy: .*several NumPy arrays.*a NumPy array \(\.npy\) is needed/,
    );
    expect(() => readIdx(page, 'train-images')).toThrow(/train-images: .*web page.*an IDX file is needed/);
    expect(() => readTextFile(zip('model/data.pkl'), 'labels.txt')).toThrow(/labels\.txt: .*PyTorch/);
    expect(() => readTextFile(page, 'labels.txt')).toThrow(/web page/);
  });
});

describe('texts in any encoding', () => {
  const utf16 = (text: string, little: boolean) =>
    Uint8Array.from(
      [...`\uFEFF${text}`].flatMap((c) =>
        little ? [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8] : [c.charCodeAt(0) >> 8, c.charCodeAt(0) & 255],
      ),
    );
  it.each([
    ['UTF-8', utf8('été\n가방 🐕'), 'été\n가방 🐕'],
    ['UTF-8', utf8('\uFEFFété'), 'été'],
    ['UTF-16', utf16('été 가방', true), 'été 가방'],
    ['UTF-16', utf16('été 가방', false), 'été 가방'],
    ['Windows-1252', latin('cat\ndog\n\xe9t\xe9\nx\ny'), 'cat\ndog\nété\nx\ny'],
    ['Windows-1252', latin('\x80 \x93quoted\x94 na\xefve'), '€ “quoted” naïve'],
  ])('%s', (encoding, bytes, text) => {
    expect(readTextFile(bytes, 'f')).toEqual({ name: 'f', text, encoding });
  });

  it('has no zero bytes', () => {
    expect(() => readTextFile(latin('caf\xe9\0'), 'f')).toThrow(/f: at byte 4: is not a text file/);
  });
});
