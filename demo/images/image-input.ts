// Where images come in, whichever way: one is shown large, many become rows of the table, none is said so.

import { type Signal, signal } from '@preact/signals';
import type { ImageNote, Refusal } from '../../src/browser/refusal.ts';
import type { InputSize } from '../../src/data/preprocess.ts';
import { inputImage } from '../classify/heat-map.ts';
import type { Picture } from '../classify/picture.ts';
import type { UsedNetwork } from '../classify/stage.ts';
import type { LoadedNetwork } from '../contract.ts';
import type { FileSelection } from './file-selection.ts';
import { inputOf, knowsLightOnBlack, swapsLightBorder } from './network-input.ts';
import { ImageQueue, type QueueOwner } from './queue.ts';
import { prepareFrame, readFiles } from './read-files.ts';

export interface ImageInputOwner extends QueueOwner {
  classify(picture: Picture): Promise<void>;
}

/** What there is to say of what was given last. */
export type InputNote =
  | { readonly kind: 'refused'; readonly name: string; readonly refusal: Refusal }
  | { readonly kind: 'read'; readonly name: string; readonly notes: readonly ImageNote[] }
  /** A folder without files, a clipboard without an image. */
  | { readonly kind: 'nothing' };

/** Longest side of the picture that is shown large. */
const DISPLAY = 560;

export class ImageInput {
  readonly queue: ImageQueue;
  readonly note: Signal<InputNote | undefined> = signal();
  private turn = 0;

  constructor(private readonly owner: ImageInputOwner) {
    this.queue = new ImageQueue(owner);
  }

  async take(selection: FileSelection): Promise<void> {
    this.note.value = undefined;
    const [first, ...others] = selection.files;
    if (!first) this.note.value = { kind: 'nothing' };
    else if (others.length === 0 && selection.missed === 0) await this.open(first.file, first.path);
    else await this.queue.start(selection);
  }

  /** Shows one image large, with its classes and its map; of several in a row the last one. */
  async open(file: Blob, name: string): Promise<void> {
    const network = this.owner.network.peek();
    if (!network) return;
    const turn = ++this.turn;
    this.note.value = undefined;
    try {
      const read = await this.read(file, name, network.loaded);
      if (turn !== this.turn || !read) return;
      if ('refusal' in read) this.note.value = { kind: 'refused', name, refusal: read.refusal };
      else {
        const classified = this.owner.classify(read.picture);
        const shown = this.turn;
        await classified;
        if (shown === this.turn && read.notes.length > 0) this.note.value = { kind: 'read', name, notes: read.notes };
      }
    } catch (error) {
      this.owner.fail(error);
    }
  }

  /** Reads a picture's file anew: how pictures are read has changed. */
  async again({ source, name }: Picture): Promise<void> {
    if (source) await this.open(source, name);
  }

  /** A picture as a network wants it: read anew from its file, or resized from what another network saw. */
  async fit(picture: Picture, { loaded }: UsedNetwork): Promise<Picture> {
    const input = inputOf(loaded);
    // What a sample shows is known by its number, which is another class's in another network.
    const truth = knowsLightOnBlack(loaded.classNames) ? picture.truth : undefined;
    if (sameInput(input, picture.input)) return { ...picture, truth };
    if (picture.source) {
      const read = await this.read(picture.source, picture.name, loaded);
      if (read && 'picture' in read) return read.picture;
    }
    // A picture of the webcam was taken with nothing cut off: it stays so.
    if (JSON.stringify(shapeOf(input)) === JSON.stringify(shapeOf(picture))) return { ...picture, truth };
    const { data, width, height } = inputImage(picture.pixels, picture.channels, picture.height, picture.width);
    const image = new ImageData(data, width, height);
    const { pixels } = await prepareFrame(this.owner.engine.client, image, { input, swapLightBorder: false });
    return { ...picture, pixels, ...shapeOf(input), input, truth, inverted: false };
  }

  private async read(file: Blob, name: string, loaded: LoadedNetwork) {
    const input = inputOf(loaded);
    const wish = { input, swapLightBorder: swapsLightBorder(loaded), display: DISPLAY, thumbnail: 0 };
    const [read] = await readFiles(this.owner.engine.client, [file], wish);
    if (!read) return undefined;
    if (read.kind === 'refused') return { refusal: read.refusal };
    const { pixels = new Uint8Array(), swapped, notes } = read;
    const original = read.picture && (await createImageBitmap(read.picture));
    const picture: Picture = {
      name,
      sample: undefined,
      source: file,
      pixels,
      ...shapeOf(input),
      input,
      truth: undefined,
      original,
      inverted: swapped,
    };
    return { picture, notes };
  }

  /** Another picture is shown: what was said of the last file, or is still to be read of it, is of no interest. */
  forgetNote(): void {
    this.turn++;
    this.note.value = undefined;
  }
}

const shapeOf = ({ channels, height, width }: InputSize) => ({ channels, height, width });

/** Field by field, whatever fields pre-processing has. */
const sameInput = (a: InputSize, b: InputSize): boolean => JSON.stringify(a) === JSON.stringify(b);
