// Every text of the page in English, a file an area. Functions take what is already formatted (format.ts), so that a text
// decides only on words and their order. ko.ts has the same keys; the compiler sees to it.

import * as classify from './en/classify.ts';
import * as dicom from './en/dicom.ts';
import * as inside from './en/inside.ts';
import * as page from './en/page.ts';
import * as train from './en/train.ts';
import * as weights from './en/weights.ts';

export const en = { ...classify, ...dicom, ...inside, ...page, ...train, ...weights } as const;

/** The shape of `en` with any words in it. */
type Widen<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Key in keyof T]: Widen<T[Key]> };
export type Text = Widen<typeof en>;
