// Every text of the page in English, a file an area. Functions take what is already formatted (format.ts), so that a text
// decides only on words and their order. ko.ts has the same keys; the compiler sees to it.

import { about } from './en/about.ts';
import { classes } from './en/classes.ts';
import { classify } from './en/classify.ts';
import { data } from './en/data.ts';
import { errors } from './en/errors.ts';
import { images } from './en/images.ts';
import { inside } from './en/inside.ts';
import { network } from './en/network.ts';
import { page } from './en/page.ts';
import { resume } from './en/resume.ts';
import { selfTest } from './en/self-test.ts';
import { train } from './en/train.ts';
import { webcam } from './en/webcam.ts';
import { weights } from './en/weights.ts';
import { why } from './en/why.ts';

export const en = {
  page,
  errors,
  classes,
  classify,
  images,
  webcam,
  data,
  why,
  network,
  weights,
  train,
  selfTest,
  resume,
  about,
  inside,
} as const;
