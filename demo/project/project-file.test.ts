import { describe, expect, it } from 'vitest';
import { writeStoredZip } from '../../src/data/stored-zip.ts';
import { zipEntries } from '../../src/data/unzip.ts';
import { encodeUtf8 } from '../../src/data/utf8.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { DataError } from '../../src/runtime/errors.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { isProjectName } from './project.ts';
import { openProject, type Project, readProject, writeProject } from './project-file.ts';

const random = createRandom(7);
const blob = (bytes: number, type = 'image/png') =>
  new Blob([Uint8Array.from({ length: bytes }, () => random.uint32() & 0xff)], { type });
const point = { at: 0.5, loss: 1.25, accuracy: 0.5, learningRate: 0.1, imagesPerSecond: 12 };

const PROJECT: Project = {
  name: '우리 동네, photos',
  classes: [
    {
      name: 'Cat/a',
      included: true,
      examples: [
        { name: 'x/1.JPG', source: blob(1001, 'image/jpeg'), part: 'training' },
        { name: 'x/1.JPG', source: blob(3, 'image/jpeg'), part: 'validation' },
      ],
    },
    // Different classes whose folders would have one name.
    { name: 'b/a', included: false, examples: [{ name: '12:30', source: blob(64, 'image/webp'), part: undefined }] },
    { name: 'A', included: true, examples: [{ name: '', source: blob(0, ''), part: undefined }] },
    { name: '..', included: true, examples: [] },
  ],
  form: { epochs: '7', optimizer: 'lion', mirror: true, blocks: '2, 3' },
  network: { name: 'pets', weights: blob(5000, ''), request: { multiLabel: true } },
  run: {
    dataName: 'pets',
    started: 1_700_000_000_000,
    config: PRESETS['bc-100-12'],
    images: 20,
    progress: { epochs: 3, points: [point, { ...point, at: 1, validation: { accuracy: 0.25, loss: 2 } }] },
  },
};

const bytesOf = async (content: Blob) => new Uint8Array(await content.arrayBuffer());

/** With blobs as their bytes and types. */
async function plain({ classes, network, ...rest }: Project) {
  const of = async (source: Blob) => [[...(await bytesOf(source))], source.type];
  return {
    ...rest,
    classes: await Promise.all(
      classes.map(async ({ examples, ...own }) => ({
        ...own,
        examples: await Promise.all(examples.map(async (one) => ({ ...one, source: await of(one.source) }))),
      })),
    ),
    network: network && { ...network, weights: [...(await bytesOf(network.weights))] },
  };
}

describe('a project file', () => {
  it('has everything, and gives it back', async () => {
    const bytes = await bytesOf(await writeProject(PROJECT));
    expect(await plain(readProject(bytes, 'a'))).toEqual(await plain(PROJECT));
  });

  it('is a folder of images by class to any other program', async () => {
    const names = zipEntries(await bytesOf(await writeProject(PROJECT)), 'a').map(({ name }) => name);
    expect(names).toEqual([
      'project.json',
      'images/a/0001.jpg',
      'images/a/0002.jpg',
      'images/a (2)/0001.webp',
      'images/A (3)/0001.png',
      'network/pets.safetensors',
    ]);
  });

  it('may be of classes alone', async () => {
    const little = { ...PROJECT, form: {}, network: undefined, run: undefined };
    expect(await plain(readProject(await bytesOf(await writeProject(little)), 'a'))).toEqual(await plain(little));
  });

  it('is refused where a byte is another, or its end is missing', async () => {
    const good = await bytesOf(await writeProject(PROJECT));
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const bad = i % 10 === 0 ? good.slice(0, random.uint32() % good.length) : good.slice();
      const at = random.uint32() % bad.length;
      if (bad.length === good.length) bad[at] = (bad[at] ?? 0) ^ (1 << (random.uint32() % 8));
      try {
        const read = await plain(readProject(bad, 'a'));
        // Padding, and fields that only other programs read.
        expect(read).toEqual(await plain(PROJECT));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });

  const zip = (json: unknown, name = 'project.json') =>
    writeStoredZip([{ name, bytes: encodeUtf8(JSON.stringify(json)) }], '');
  const EMPTY = {
    format: 'densenet-webgpu project',
    version: 1,
    name: '',
    classes: [],
    form: {},
    network: null,
    run: null,
  };

  it.each<[string, Uint8Array<ArrayBuffer>, RegExp]>([
    ['no zip', encodeUtf8('hello'), /a\.zip/],
    ['another zip', zip({}, 'x.json'), /without project\.json: no project/],
    ['another description', zip({ format: 'x' }), /not the description of a project/],
    ['a later version', zip({ ...EMPTY, version: 2 }), /version 2; this page reads up to 1/],
    ['a field that is none', zip({ ...EMPTY, colour: 1 }), /colour/],
    ['a setting that cannot be', zip({ ...EMPTY, form: { optimizer: 'adam' } }), /optimizer.*adam.*must be/],
    [
      'an image that is not there',
      zip({ ...EMPTY, classes: [{ name: 'a', included: true, images: [{ file: 'b', name: 'b', type: '' }] }] }),
      /has no "b"/,
    ],
  ])('of %s is refused by name', (_, bytes, problem) => {
    expect(() => readProject(bytes, 'a.zip')).toThrow(DataError);
    expect(() => readProject(bytes, 'a.zip')).toThrow(problem);
  });

  it('settings that today’s form does not have are left out', () => {
    expect(readProject(zip({ ...EMPTY, form: { epochs: '3', dreams: true } }), 'a').form).toEqual({ epochs: '3' });
  });

  it('opens as a file', async () => {
    const file = new File([await writeProject(PROJECT)], 'a.densenet.zip');
    expect((await openProject(file)).name).toBe(PROJECT.name);
  });
});

it('is known by its name', () => {
  expect(['a.densenet.zip', 'a.densenet (1).zip', 'A.DENSENET.ZIP'].every(isProjectName)).toBe(true);
  expect(['a.zip', 'densenet.zip.safetensors', 'a.densenet'].some(isProjectName)).toBe(false);
});
