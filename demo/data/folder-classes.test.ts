import { describe, expect, it } from 'vitest';
import { classesOfPaths } from './folder-classes.ts';

const read = (paths: string[]) => {
  const { classes, loose, unused } = classesOfPaths(paths);
  const named = Object.fromEntries(
    classes.map(({ name, files }) => [
      name,
      files.map(({ index, part }) => `${paths[index]}${part ? ` ${part}` : ''}`),
    ]),
  );
  return { named, loose, unused };
};

describe('classes of a folder', () => {
  it('takes the folders that hold images, whatever lies around them', () => {
    expect(read(['pets/cat/1.png', 'pets/dog/a/b/2.png', 'pets/readme.txt', 'pets/cat/3.png'])).toEqual({
      named: { cat: ['pets/cat/1.png', 'pets/cat/3.png'], dog: ['pets/dog/a/b/2.png'] },
      loose: 1,
      unused: 0,
    });
    expect(Object.keys(read(['a/b/c/x/1.png', 'a/b/c/y/1.png']).named)).toEqual(['x', 'y']);
    expect(Object.keys(read(['x/1.png', 'y/1.png']).named)).toEqual(['x', 'y']);
  });

  it('sorts classes by name, numbers as numbers', () => {
    expect(Object.keys(read(['d/c10/1', 'd/c9/1', 'd/c1/1']).named)).toEqual(['c1', 'c9', 'c10']);
  });

  it('takes the split that the folder has', () => {
    expect(read(['d/train/cat/1', 'd/train/dog/2', 'd/test/cat/3', 'd/test/dog/4'])).toEqual({
      named: {
        cat: ['d/train/cat/1 training', 'd/test/cat/3 validation'],
        dog: ['d/train/dog/2 training', 'd/test/dog/4 validation'],
      },
      loose: 0,
      unused: 0,
    });
    expect(read(['Train/cat/1', 'Val/cat/2', 'test/cat/3', 'Train/dog/1']).unused).toBe(1);
    expect(read(['d/train/cat/1', 'd/train/dog/2', 'd/labels.csv'])).toEqual({
      named: { cat: ['d/train/cat/1'], dog: ['d/train/dog/2'] },
      loose: 1,
      unused: 0,
    });
  });

  it('takes a class that is called test for one, where nothing is called train', () => {
    expect(Object.keys(read(['d/test/1', 'd/other/2']).named)).toEqual(['other', 'test']);
    expect(Object.keys(read(['d/train/1', 'd/bus/2']).named)).toEqual(['bus', 'train']);
  });

  it('finds one class, or none, where there is no more', () => {
    expect(read(['cat/1', 'cat/2'])).toEqual({ named: { cat: ['cat/1', 'cat/2'] }, loose: 0, unused: 0 });
    expect(Object.keys(read(['cat/1', 'cat/more/2']).named)).toEqual(['cat']);
    expect(read(['1.png', '2.png'])).toEqual({ named: {}, loose: 2, unused: 0 });
    expect(read([])).toEqual({ named: {}, loose: 0, unused: 0 });
  });
});
