// 이 페이지의 모든 글, 한국어. 키는 en.ts와 같다. (Every text of the page in Korean; the keys are those of en.ts.)

import type { Text } from './en.ts';
import { classes, classify, images, webcam, why } from './ko/classify.ts';
import { dicom } from './ko/dicom.ts';
import { inside } from './ko/inside.ts';
import { about, errors, page, selfTest } from './ko/page.ts';
import { data, resume, train } from './ko/train.ts';
import { network, weights } from './ko/weights.ts';

export const ko: Text = {
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
};
