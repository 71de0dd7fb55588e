// Test-time augmentation as commands have it: the option, and what it makes of a network's preprocessing.
import { Option } from 'commander';
import type { Preprocessing } from '../src/data/preprocess.ts';
import { TEST_TIME_AUGMENTATION_NAMES, type TestTimeAugmentation } from '../src/densenet/test-time.ts';
import type { TestTimeOptions } from '../src/jobs/predict.ts';

/** --tta */
export const testTimeOption = (): Option =>
  new Option('--tta <views>', 'test-time augmentation: average the probabilities of several views of an image').choices(
    TEST_TIME_AUGMENTATION_NAMES,
  );

/** What the views of images are cut from, and how a predictor makes and averages them. */
export interface TestTimeViews {
  /** How images are prepared. */
  readonly preprocessing: Preprocessing;
  /** Undefined: each image is predicted from itself alone. */
  readonly testTime: Omit<TestTimeOptions, 'multiLabel'> | undefined;
}

/** @param kind undefined: no test-time augmentation */
export function testTimeOf(kind: TestTimeAugmentation | undefined, preprocessing: Preprocessing): TestTimeViews {
  if (kind !== 'five-crop') return { preprocessing, testTime: kind && { kind } };
  const source = fiveCropSource(preprocessing);
  const { height, width } = source;
  return { preprocessing: { ...preprocessing, ...source }, testTime: { kind, source: { height, width } } };
}

/** What five crops are cut from: as large as the resized image, or an eighth larger where that is no larger than a crop. */
function fiveCropSource({
  height,
  width,
  resize,
}: Preprocessing): Required<Pick<Preprocessing, 'height' | 'width' | 'resize'>> {
  if (typeof resize === 'number' && resize > Math.max(height, width)) return { height: resize, width: resize, resize };
  const larger = { height: Math.round((height * 8) / 7), width: Math.round((width * 8) / 7) };
  return { ...larger, resize: larger };
}
