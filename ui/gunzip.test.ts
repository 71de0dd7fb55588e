// Inflating: every damage to a gzip file is a DataError that names it, and none is taken for content.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataError } from '../src/runtime/errors.ts';
import { createRandom } from '../src/runtime/random.ts';
import { inflateIfGzipped } from './gunzip.ts';

const random = createRandom(1);
const content = Uint8Array.from({ length: 200_000 }, (_, i) => (i % 3 === 0 ? random.uint32() & 0xff : 7));
const zipped = new Uint8Array(gzipSync(content));
const refusal = (bytes: Uint8Array, limit?: number) =>
  inflateIfGzipped(bytes, 'a.gz', limit).then(
    () => expect.unreachable('it was read'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toMatch(/^a\.gz: at byte \d+: /);
      return error as DataError;
    },
  );

describe('inflateIfGzipped', () => {
  it('inflates', async () => {
    expect(await inflateIfGzipped(zipped, 'a.gz')).toEqual(content);
    expect(await inflateIfGzipped(new Uint8Array(gzipSync(new Uint8Array())), 'empty.gz')).toEqual(new Uint8Array());
  });

  it('inflates a view into a larger buffer', async () => {
    const padded = new Uint8Array(zipped.length + 64).fill(0xff);
    padded.set(zipped, 13);
    expect(await inflateIfGzipped(padded.subarray(13, 13 + zipped.length), 'a.gz')).toEqual(content);
  });

  it('hands back what is not gzipped', async () => {
    const plain = Uint8Array.of(0, 0, 8, 1);
    expect(await inflateIfGzipped(plain, 'plain')).toBe(plain);
  });

  it.each([3, 17, 18, 30, 5000, zipped.length - 9, zipped.length - 1])(
    'refuses a file cut to %i bytes',
    async (length) => {
      await refusal(zipped.slice(0, length));
    },
  );

  it('refuses a wrong checksum, size, method and a broken stream', async () => {
    for (const at of [2, zipped.length - 8, zipped.length - 4, 20, zipped.length >> 1]) {
      const damaged = zipped.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      await refusal(damaged);
    }
  });

  it('refuses bytes after the end and a second member', async () => {
    const twice = new Uint8Array(2 * zipped.length);
    twice.set(zipped);
    twice.set(zipped, zipped.length);
    await refusal(twice);
    const trailing = new Uint8Array(zipped.length + 4);
    trailing.set(zipped);
    // Node takes what follows a member for padding where it begins with a zero byte, as the last claim does.
    for (const claim of [0, content.length - 1, content.length + 1, 0x40000]) {
      new DataView(trailing.buffer).setUint32(zipped.length, claim, true);
      await refusal(trailing);
    }
  });

  it('refuses more than the limit before inflating it', async () => {
    const error = await refusal(zipped, 199_999);
    expect(error.message).toContain('200000 bytes, more than the 199999');
    expect(error.offset).toBe(zipped.length - 4);
  });

  it('takes no size on trust: a bomb that claims to be small, and a small file that claims to be large', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(1 << 22)));
    new DataView(bomb.buffer).setUint32(bomb.length - 4, 100, true);
    await refusal(bomb);
    const boast = zipped.slice();
    new DataView(boast.buffer).setUint32(boast.length - 4, 0x3fffffff, true);
    expect((await refusal(boast)).message).toContain('1073741823 bytes, which cannot be');
  });

  it('survives random damage: the content or a DataError, nothing else', async () => {
    const small = new Uint8Array(gzipSync(content.subarray(0, 500)));
    for (let round = 0; round < 300; round++) {
      const damaged = small.slice(0, round % 3 === 0 ? random.uint32() % small.length : small.length);
      const at = 2 + (random.uint32() % small.length);
      if (round % 3 !== 0 && at < damaged.length) damaged[at] = random.uint32() & 0xff;
      if (damaged.length < 2) continue;
      await inflateIfGzipped(damaged, 'a.gz').then(
        (bytes) => expect(bytes).toEqual(content.subarray(0, 500)),
        (error: unknown) => expect(error).toBeInstanceOf(DataError),
      );
    }
  });
});
