// Every text of the page in English, a file an area. Functions take what is already formatted (format.ts), so that a text
// decides only on words and their order. ko.ts has the same keys; the compiler sees to it.

import { classes, classify, images, webcam, why } from './en/classify.ts';
import { dicom } from './en/dicom.ts';
import { inside } from './en/inside.ts';
import { about, errors, page, selfTest } from './en/page.ts';
import { data, resume, train } from './en/train.ts';
import { network, weights } from './en/weights.ts';

export const en = {
  page,
  errors,
  classes,
  classify,
  images,
  webcam,
  data,
  dicom,
  why,
  network,
  weights,
  train,
  selfTest,
  resume,
  about,
  inside,
} as const;

/** The shape of `en` with any words in it. */
type Widen<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Key in keyof T]: Widen<T[Key]> };
export type Text = Widen<typeof en>;
