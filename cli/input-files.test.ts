// What arguments name, in which order, and that nothing which leads to no file is left out in silence.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../src/runtime/random.ts';
import { inputFiles, namedFiles, startOf } from './input-files.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-input-files-'));
afterAll(() => rmSync(root, { recursive: true }));

function put(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path);
  }
}

/** Paths below `root`, and `name: problem` of what leads to none. */
async function found(inputs: readonly string[], chunks: readonly (Uint8Array | string)[] = []) {
  const ignored: string[] = [];
  const onIgnored = (_: string, names: readonly string[], count: number) => ignored.push(`${count}: ${names.join()}`);
  async function* input() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
  const files: string[] = [];
  const inRoot = inputs.map((path) => (path === '-' ? path : join(root, path)));
  for await (const file of inputFiles(inRoot, { input: input(), onIgnored }))
    files.push(typeof file === 'string' ? file.replace(`${root}/`, '') : file.error.message.replaceAll(`${root}/`, ''));
  return { files, ignored: ignored.map((text) => text.replaceAll(`${root}/`, '')) };
}

describe('folders', () => {
  put('a/2.png', 'a/10.JPG', 'a/b.c/x.webp', 'a/b/1.png', 'a/b.png', 'a/.hidden.png', 'a/.git/y.png', 'a/Thumbs.db');

  it('are all their pictures, sorted as their paths are, without hidden ones; other files are told', async () => {
    const { files, ignored } = await found(['a']);
    expect(files).toEqual(['a/10.JPG', 'a/2.png', 'a/b.c/x.webp', 'a/b.png', 'a/b/1.png']);
    expect(files).toEqual(files.toSorted());
    expect(ignored).toEqual(['1: a/Thumbs.db']);
  });

  it('may be linked, also in a circle', async () => {
    put('linked/own/1.png');
    symlinkSync(join(root, 'a'), join(root, 'linked/other'));
    symlinkSync(join(root, 'linked'), join(root, 'linked/own/back'));
    symlinkSync(join(root, 'nowhere'), join(root, 'linked/lost.png'));
    expect((await found(['linked'])).files).toEqual([
      ...['linked/lost.png', 'linked/other/10.JPG', 'linked/other/2.png', 'linked/other/b.c/x.webp'],
      ...['linked/other/b.png', 'linked/other/b/1.png', 'linked/own/1.png'],
    ]);
  });

  it('without pictures are an error in their place', async () => {
    mkdirSync(join(root, 'empty'));
    put('tensors/x.npy');
    const { files } = await found(['empty', 'tensors', 'a/2.png']);
    expect(files[0]).toMatch(/^image: "empty" is empty/);
    expect(files[1]).toMatch(/holds no pictures, only other files \(tensors\/x\.npy\): name tensors by a pattern/);
    expect(files[2]).toBe('a/2.png');
  });
});

describe('patterns', () => {
  put('p/1.png', 'p/2.jpg', 'p/q/3.png', 'p/q/r/4.png', 'p/q/5.npy', 'photo[1].png', 'p/.h/6.png');

  it.each([
    ['p/*.png', ['p/1.png']],
    ['p/**/*.png', ['p/1.png', 'p/q/3.png', 'p/q/r/4.png']],
    ['p/*/*', ['p/q/3.png', 'p/q/5.npy']],
    ['p/{1,2}.{png,jpg}', ['p/1.png', 'p/2.jpg']],
    ['p/{q,q/r}/*.png', ['p/q/3.png', 'p/q/r/4.png']],
    ['p/[0-9].png', ['p/1.png']],
    ['p/q/?.npy', ['p/q/5.npy']],
  ])('%s', async (pattern, files) => {
    expect(await found([pattern])).toEqual({ files, ignored: [] });
  });

  it('are no patterns where a file has that very name', async () => {
    expect((await found(['photo[1].png'])).files).toEqual(['photo[1].png']);
    expect(await namedFiles([join(root, 'photo[1].png'), join(root, 'p'), join(root, 'p/*'), '-', 'gone.png'])).toEqual(
      [join(root, 'photo[1].png'), 'gone.png'],
    );
  });

  it('that match nothing, or begin in no folder, are errors', async () => {
    const { files } = await found(['p/*.gif', 'gone/*.png']);
    expect(files[0]).toMatch(/p\/\*\.gif" matches no file/);
    expect(files[1]).toMatch(/gone" cannot be read: no such folder/);
  });
});

describe('standard input', () => {
  const lines = 'a.png\nb c.png\r\n\nü/日本.png';
  const paths = ['a.png', 'b c.png', 'ü/日本.png'];

  it('holds a path per line, or paths that NUL ends, wherever its chunks are cut', async () => {
    const random = createRandom(Number(process.env.SEED ?? 1), 0);
    for (const [text, expected] of [
      [lines, paths],
      [`${lines}\n`, paths],
      ['a\nb.png\0c.png\0', ['a\nb.png', 'c.png']],
      ['', []],
      ['\n\n', []],
    ] as const) {
      const bytes = Buffer.from(text);
      // The first path with its end comes whole where it holds a newline.
      const whole = text.includes('\0') ? 9 : 0;
      const cut = Array.from({ length: 4 }, () => whole + Math.floor(random.uniform() * (bytes.length - whole)));
      const at = [0, ...cut.toSorted((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      expect(await found(['-'], chunks), JSON.stringify({ text, at })).toEqual({ files: expected, ignored: [] });
    }
  });

  it('comes in its place among the arguments, and once', async () => {
    expect((await found(['p/1.png', '-', 'p/2.jpg'], ['x.png'])).files).toEqual(['p/1.png', 'x.png', 'p/2.jpg']);
    await expect(found(['-', '-'])).rejects.toThrow(/is given twice/);
  });

  it('that holds no paths is an error', async () => {
    const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    await expect(found(['-'], [png])).rejects.toThrow(/holds the content of a file: it must hold paths/);
    await expect(found(['-'], ['x'.repeat(70_000)])).rejects.toThrow(/a line of more than 65536 bytes/);
    await expect(found(['-'], ['a.png\nb.png\n', 'c\0d.png\n'])).rejects.toThrow(/holds NUL within a line/);
  });

  it('hands out each path as soon as its line has ended', async () => {
    let more: (bytes: Uint8Array) => void = () => undefined;
    async function* slow() {
      yield Buffer.from('first.png\nsec');
      yield await new Promise<Uint8Array>((resolve) => {
        more = resolve;
      });
    }
    const { first, files } = await startOf(inputFiles(['-'], { input: slow() }));
    expect(first).toBe('first.png');
    expect((await files.next()).value).toBe('first.png');
    const second = files.next();
    setTimeout(() => more(Buffer.from('ond.png')), 1);
    expect((await second).value).toBe('second.png');
  });
});
