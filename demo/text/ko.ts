// 이 페이지의 모든 글, 한국어. 키는 en.ts와 같다. (Every text of the page in Korean; the keys are those of en.ts.)

import type { Text } from './en.ts';
import * as classify from './ko/classify.ts';
import * as dicom from './ko/dicom.ts';
import * as inside from './ko/inside.ts';
import * as page from './ko/page.ts';
import * as train from './ko/train.ts';
import * as weights from './ko/weights.ts';

export const ko: Text = { ...classify, ...dicom, ...inside, ...page, ...train, ...weights };
