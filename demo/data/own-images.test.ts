import { describe, expect, it } from 'vitest';
import { fakeClient } from '../../tests/fixtures/fake-client.ts';
import type { DemoJobs } from '../engine.ts';
import { Undo } from '../undo/undo.ts';
import type { ImageResult } from '../worker/images.ts';
import { OwnImages } from './own-images.ts';
import { storedExample } from './saved-images.ts';

/** A worker whose images are of one value, the file's last byte; a file that ends in 0 is refused. */
const client = fakeClient<DemoJobs>({
  'read-images': async ({ files, input: size }) => {
    const area = size ? size.channels * size.height * size.width : 0;
    const sum = (value: number) =>
      Array.from({ length: size?.channels ?? 0 }, () => (area / (size?.channels ?? 1)) * value);
    return files.map((bytes): ImageResult => {
      const value = bytes.at(-1) ?? 0;
      if (value === 0) return { kind: 'refused', refusal: { kind: 'not-an-image' } };
      return {
        kind: 'read',
        width: 9,
        height: 9,
        notes: [],
        swapped: false,
        sums: sum(value),
        squares: sum(value * value),
        pixels: new Uint8Array(area).fill(value),
      };
    });
  },
});
const file = (path: string, value: number) => ({
  path,
  file: new File([Uint8Array.of(value)], path.split('/').at(-1) ?? ''),
});
const found = (...files: ReturnType<typeof file>[]) => ({ files, ignored: 2, missed: 0 });
const SIZE = { channels: 1, height: 3, width: 2 } as const;
const undo = new Undo();
const make = () => new OwnImages({ engine: { client }, undo });

describe('own images', () => {
  it('become a set: split by class, labelled in the order of the classes, in pixels of the wanted size', async () => {
    const own = make();
    const cats = Array.from({ length: 10 }, (_, i) => file(`pets/cat/${i}.png`, 10 + i));
    const dogs = Array.from({ length: 5 }, (_, i) => file(`pets/dog/${i}.png`, 100 + i));
    own.takeFolder(found(...cats, ...dogs));
    const set = own.set.value;
    expect(set?.name).toBe('pets');
    expect(set?.classes).toEqual([
      { name: 'cat', training: 8, validation: 2 },
      { name: 'dog', training: 4, validation: 1 },
    ]);
    expect(set?.bytes(SIZE)).toBe(15 * 6);
    const made = await set?.images(SIZE);
    expect([made?.training.count, made?.validation.count]).toEqual([12, 3]);
    const shown = [made?.training, made?.validation].flatMap((images) =>
      Array.from(images?.labels ?? [], (label, i) => [label, images?.pixels[i * 6] ?? 0] as const),
    );
    expect(
      shown
        .filter(([label]) => label === 0)
        .map(([, value]) => value)
        .sort(),
    ).toEqual(cats.map((_, i) => 10 + i));
    expect(shown.every(([label, value]) => (label === 0) === value < 100)).toBe(true);
    const values = Array.from(made?.training.labels ?? [], (_, i) => (made?.training.pixels[i * 6] ?? 0) / 255);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    expect(made?.normalisation.mean[0]).toBeCloseTo(mean, 10);
    expect(made?.normalisation.std[0]).toBeCloseTo(std, 10);
    // The same choice, the same bytes.
    const again = await own.set.value?.images(SIZE);
    expect(again?.training.pixels).toEqual(made?.training.pixels);
    expect(own.set.value).toBe(set);
  });

  it('leave out and name what cannot be read, and refuse a class of which nothing is left', async () => {
    const own = make();
    own.takeFolder(
      found(...['a/1', 'a/2', 'a/3', 'b/1', 'b/2'].map((path, i) => file(`d/${path}`, path === 'a/2' ? 0 : i + 1))),
    );
    const progress: number[] = [];
    const made = await own.set.value?.images(SIZE, { onProgress: (done) => progress.push(done) });
    expect(made?.bad.map(({ name }) => name)).toEqual(['d/a/2']);
    expect(made?.bad[0]?.reason).not.toBe('');
    expect((made?.training.count ?? 0) + (made?.validation.count ?? 0)).toBe(4);
    expect(progress.at(-1)).toBe(5);
    own.takeFolder(found(file('d/c/1', 0), file('d/c/2', 0)));
    await expect(own.set.value?.images(SIZE)).rejects.toThrow(/"c" has no image left/);
  });

  it('take the split of the folder, and more files for a class that is there', async () => {
    const own = make();
    const train = ['a/1', 'a/2', 'b/1'].map((path) => file(`train/${path}`, 1));
    own.takeFolder(found(...train, file('test/a/3', 3), file('test/b/2', 4)));
    expect(own.set.value?.classes.map(({ training, validation }) => [training, validation])).toEqual([
      [2, 1],
      [1, 1],
    ]);
    own.takeFolder(found(file('more/a/9', 9), file('more/z/9', 9)));
    expect(own.classes.value.map(({ name, examples }) => [name, examples.length])).toEqual([
      ['a', 4],
      ['b', 2],
      ['z', 1],
    ]);
  });

  it('keep their order over many chunks', async () => {
    const own = make();
    const of = (name: string) => Array.from({ length: 45 }, (_, i) => file(`d/train/${name}/${i}`, 1 + i));
    own.takeFolder(found(...of('a'), ...of('b'), file('d/test/a/x', 9)));
    const { training } = (await own.set.value?.images(SIZE)) ?? {};
    const values = Array.from(training?.labels ?? [], (_, i) => training?.pixels[i * 6]);
    expect(values).toEqual([...of('a'), ...of('b')].map((_, i) => 1 + (i % 45)));
  });

  it('are refused while they are too many', async () => {
    const own = make();
    own.takeFolder(found(...['a/1', 'a/2', 'b/1', 'b/2'].map((path) => file(path, 1))));
    await expect(own.set.value?.images({ channels: 3, height: 20_000, width: 20_000 })).rejects.toThrow(/are the most/);
  });

  it('end when the caller does not want them any more', async () => {
    const own = make();
    own.takeFolder(found(...['a/1', 'a/2', 'b/1', 'b/2'].map((path) => file(path, 1))));
    await expect(own.set.value?.images(SIZE, { signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it('say what keeps them from being learned', () => {
    const own = make();
    const kind = () => own.problem.value?.kind;
    expect(kind()).toBe('few-classes');
    own.addClass('x');
    own.addClass(' x ');
    expect(kind()).toBe('empty-class');
    const [first, second] = own.classes.value.map(({ id }) => id);
    if (first === undefined || second === undefined) throw new Error('two classes were added');
    own.record(first, new Blob(['1']), 'one');
    expect(kind()).toBe('one-image');
    own.record(first, new Blob(['2']), 'two');
    expect(kind()).toBe('same-name');
    own.change(second, { name: '' });
    expect(kind()).toBe('no-name');
    own.change(second, { name: 'y' });
    expect(kind()).toBe('empty-class');
    own.addFiles(second, found(file('1', 1), file('2', 2)));
    expect(kind()).toBeUndefined();
    expect(own.set.value?.classes.map(({ name }) => name)).toEqual(['x', 'y']);
    own.change(second, { included: false });
    expect(kind()).toBe('few-classes');
    own.removeClass(first);
    own.change(second, { included: true });
    own.removeExample(second, own.classes.value[0]?.examples[0]?.id ?? -1);
    expect(own.classes.value[0]?.examples).toHaveLength(1);
    own.clear();
    own.takeFolder(found(file('train/a/1', 1), file('test/b/1', 1)));
    expect(kind()).toBe('no-training');
  });
});

it('has back what was deleted, where it stood', () => {
  const own = make();
  own.takeFolder(
    found(...['a', 'b', 'c'].flatMap((name) => [file(`all/${name}/1.png`, 1), file(`all/${name}/2.png`, 2)])),
  );
  const before = own.classes.value;
  const [first, second] = before;
  const back = () => {
    const [offer] = undo.offers.value;
    if (offer) undo.undo(offer);
  };
  own.removeExample(first?.id ?? -1, first?.examples[0]?.id ?? -1);
  expect(own.classes.value[0]?.examples).toHaveLength(1);
  back();
  expect(own.classes.value).toEqual(before);
  own.removeClass(second?.id ?? -1);
  expect(own.classes.value.map(({ name }) => name)).toEqual(['a', 'c']);
  back();
  expect(own.classes.value).toEqual(before);
  own.clear();
  expect(own.set.value).toBeUndefined();
  back();
  expect(own.classes.value).toEqual(before);
  expect(own.set.value?.name).toBe('all');
});

describe('a stored image', () => {
  const stored = { id: 3, name: 'a.png', source: new Blob(['a']), part: undefined };

  it('comes back as it was, one of version 0.1.0 in the words of today', () => {
    expect(storedExample(stored)).toEqual(stored);
    expect(storedExample({ ...stored, part: 'training' })?.part).toBe('training');
    expect(storedExample({ ...stored, part: 'heldOut' })?.part).toBe('validation');
  });

  it('that is something else is none', () => {
    for (const other of [undefined, 'a', { ...stored, source: 'a' }, { ...stored, id: -1 }])
      expect(storedExample(other)).toBeUndefined();
  });
});
