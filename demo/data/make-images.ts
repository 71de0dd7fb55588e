// From files to the arrays that a training feeds on: decoded and resized in the worker a few at a time, and put in their
// places here in the order of the files, so that the same choice always makes the same bytes.

import type { Refusal } from '../../src/browser/refusal.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import { type Normalisation, normalisationOf } from '../../src/densenet/normalisation.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import type { DemoClient } from '../engine.ts';
import { chunksOf, type ReadFile, readFiles } from '../images/read-files.ts';
import type { SplitExample } from './own-classes.ts';
import { type InputSize, imagesBytes, MAX_SET_BYTES, type MadeImages, type MakeOptions } from './training-set.ts';

const CHUNK = 16;

/**
 * @param strings a refusal, for people
 * @throws ConfigError for more than MAX_SET_BYTES, and where a class has no image left to learn from
 */
export async function makeImages(
  client: DemoClient,
  examples: readonly SplitExample[],
  classNames: readonly string[],
  size: InputSize,
  strings: (refusal: Refusal) => string,
  { signal, onProgress }: MakeOptions = {},
): Promise<MadeImages> {
  const bytes = imagesBytes(examples.length, size);
  if (bytes > MAX_SET_BYTES) {
    throw new ConfigError('images', examples.length, `need ${bytes} bytes at this size; ${MAX_SET_BYTES} are the most`);
  }
  const validation = examples.filter((example) => example.validation).length;
  const parts = { training: new Part(examples.length - validation, size), validation: new Part(validation, size) };
  const bad: { name: string; reason: string }[] = [];
  let done = 0;
  const put = (example: SplitExample, file: ReadFile | undefined) => {
    if (file?.kind === 'read' && file.pixels)
      parts[example.validation ? 'validation' : 'training'].add(example.label, file);
    else bad.push({ name: example.example.name, reason: file?.kind === 'refused' ? strings(file.refusal) : '' });
  };
  const read = (chunk: readonly SplitExample[]) => {
    const wish = { input: size, swapLightBorder: false, thumbnail: 0, display: 0 };
    const reading = readFiles(
      client,
      chunk.map(({ example }) => example.source),
      wish,
      signal,
    );
    // It is awaited one turn later; until then its failure is nobody's.
    reading.catch(() => undefined);
    return { chunk, reading };
  };
  // One chunk is read while the next is on its way already.
  const chunks = chunksOf(examples, CHUNK, ({ example }) => example.source.size);
  let next = chunks[0] && read(chunks[0]);
  for (let at = 1; next; at++) {
    const { chunk, reading } = next;
    const following = chunks[at];
    next = following && read(following);
    const files = await reading;
    signal?.throwIfAborted();
    for (const [i, example] of chunk.entries()) put(example, files[i]);
    done += chunk.length;
    onProgress?.(done, examples.length);
  }
  for (const [label, name] of classNames.entries()) {
    if (!parts.training.has(label)) {
      throw new ConfigError('class', name, 'has no image left to learn from: none can be read; leave the class out');
    }
  }
  const normalisation = parts.training.normalisation();
  return {
    training: parts.training.images(classNames),
    validation: parts.validation.images(classNames),
    normalisation,
    bad,
  };
}

/** Images of one part as they come, and what their mean and standard deviation are. */
class Part {
  private readonly pixels: Uint8Array;
  private readonly labels: Int32Array;
  private readonly sums: number[];
  private readonly squares: number[];
  private count = 0;

  constructor(
    most: number,
    private readonly size: InputSize,
  ) {
    this.pixels = new Uint8Array(imagesBytes(most, size));
    this.labels = new Int32Array(most);
    this.sums = Array.from({ length: size.channels }, () => 0);
    this.squares = Array.from({ length: size.channels }, () => 0);
  }

  add(label: number, { pixels, sums, squares }: ReadFile & { readonly kind: 'read' }): void {
    if (!pixels) return;
    this.pixels.set(pixels, this.count * pixels.length);
    this.labels[this.count++] = label;
    for (let c = 0; c < this.size.channels; c++) {
      this.sums[c] = (this.sums[c] ?? 0) + (sums[c] ?? 0);
      this.squares[c] = (this.squares[c] ?? 0) + (squares[c] ?? 0);
    }
  }

  has(label: number): boolean {
    return this.labels.subarray(0, this.count).includes(label);
  }

  images(classNames: readonly string[]): LabelledImages {
    const { count, size } = this;
    const pixels = this.pixels.subarray(0, imagesBytes(count, size));
    return { ...size, count, pixels, labels: this.labels.subarray(0, count), classNames };
  }

  normalisation(): Normalisation {
    return normalisationOf(this.sums, this.squares, this.count * this.size.height * this.size.width);
  }
}
