// 이 페이지의 모든 글, 한국어. 키는 en.ts와 같다. (Every text of the page in Korean; the keys are those of en.ts.)

import { about } from './ko/about.ts';
import { classes } from './ko/classes.ts';
import { classify } from './ko/classify.ts';
import { data } from './ko/data.ts';
import { errors } from './ko/errors.ts';
import { images } from './ko/images.ts';
import { inside } from './ko/inside.ts';
import { network } from './ko/network.ts';
import { page } from './ko/page.ts';
import { resume } from './ko/resume.ts';
import { selfTest } from './ko/self-test.ts';
import { train } from './ko/train.ts';
import { webcam } from './ko/webcam.ts';
import { weights } from './ko/weights.ts';
import { why } from './ko/why.ts';
import type { Text } from './text.ts';

export const ko: Text = {
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
};
