import { describe, expect, it } from 'vitest';
import { FASHION_MNIST_CLASSES } from '../../data/fashion-mnist.ts';
import { mirrorDefault } from './mirror-default.ts';

describe('mirrorDefault', () => {
  it.each([
    ['garments', FASHION_MNIST_CLASSES],
    ['CIFAR-10', ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']],
    ['findings', ['Atelectasis', 'Cardiomegaly']],
    ['one letter among words', ['a', 'cat']],
    ['one stop sign among other things', ['stop sign', 'bench', 'fire hydrant']],
    ['no names', undefined],
  ])('is on for %s', (_, names) => expect(mirrorDefault(names)).toBe(true));

  it.each([
    ['digits', ['0', '1', '2']],
    ['numbers', ['10', '200']],
    ['named digits', ['digit 0', 'digit_1']],
    ['letters', ['A', 'b', 'Z']],
    ['letters and digits, as EMNIST has them', ['0', 'A', 'a']],
    ['Korean letters', ['ㄱ', 'ㄴ', '가']],
    ['traffic signs', ['Speed limit (20km/h)', 'No passing', 'Yield', 'Pedestrians']],
    ['mirrored classes', ['left hand', 'right hand', 'face']],
  ])('is off for %s', (_, names) => expect(mirrorDefault(names)).toBe(false));
});
