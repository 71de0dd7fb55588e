// Labelled images on their way to a host: their bytes as attachments, their size in the head, no copy of the pixels.

import type { LabelledImages } from '../data/idx.ts';
import { attachment, type JsonValue, type Message } from './message.ts';

/** The size and classes of a set of images, as a message's head carries them. */
export type ImagesHead = {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classNames: readonly string[];
};

export const imagesHead = ({ count, channels, height, width, classNames }: LabelledImages): ImagesHead => ({
  ...{ count, channels, height, width, classNames },
});

/** Attachments `NAME.pixels` and `NAME.labels`. */
export const imagesAttachments = (name: string, { pixels, labels }: LabelledImages): [string, Uint8Array][] => [
  [`${name}.pixels`, pixels],
  [`${name}.labels`, new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength)],
];

/** The images called `name` of a message. */
export function readImages(message: Message, name: string, head: JsonValue): LabelledImages {
  const labels = attachment(message, `${name}.labels`).slice();
  return {
    ...(head as ImagesHead),
    pixels: attachment(message, `${name}.pixels`),
    labels: new Int32Array(labels.buffer),
  };
}
