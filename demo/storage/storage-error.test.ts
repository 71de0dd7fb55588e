import { describe, expect, it } from 'vitest';
import { ConfigError, DataError, StorageError } from '../../src/runtime/errors.ts';
import { checkStorageName, full, storageError, storageName } from './storage-error.ts';

describe('storageName', () => {
  it.each([
    ['model.safetensors', 'model.safetensors'],
    ['가중치 (1).safetensors', '가중치 (1).safetensors'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\weights\\a.safetensors', 'a.safetensors'],
    ['a\u0000b\u202e\n.safetensors', 'ab.safetensors'],
    ['..', 'file'],
    ['', 'file'],
    ['  .hidden. ', 'hidden'],
  ])('%j becomes %j', (text, name) => {
    expect(storageName(text)).toBe(name);
    expect(checkStorageName(name)).toBe(name);
  });

  it('cuts a long name before its extension, never inside a pair of surrogates', () => {
    const name = storageName(`${'😀'.repeat(100)}.safetensors`);
    expect(name.length).toBeLessThanOrEqual(80);
    expect(name).toMatch(/^(😀)+\.safetensors$/u);
    expect(storageName('x'.repeat(500))).toHaveLength(80);
  });

  it('refuses a name that is none, and says which would do', () => {
    expect(() => checkStorageName('a/b')).toThrow(ConfigError);
    expect(() => checkStorageName('a/b')).toThrow('"b" is');
  });
});

describe('storageTrouble', () => {
  const thrown = (name: string) => new DOMException('in its own words', name);

  it.each([
    ['QuotaExceededError', 'full', /delete kept files/],
    ['SecurityError', 'unavailable', /private windows.*download/],
    ['NoModificationAllowedError', 'busy', /another tab/],
    ['NotFoundError', 'missing', /no such file/],
    ['DataCloneError', 'failed', /in its own words/],
  ])('makes %s %s', (name, reason, strings) => {
    const error = storageError(thrown(name), 'keeping a');
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ reason, code: 'storage', message: expect.stringMatching(strings) });
  });

  it('leaves our own errors and cancellations as they are', () => {
    for (const error of [new DataError('a', 0, 'b'), thrown('AbortError')]) {
      expect(storageError(error, 'keeping a')).toBe(error);
    }
  });

  it('names the bytes where the browser says them', () => {
    expect(full('keeping a', undefined, { needed: 3e7, free: 1e6 }).message).toContain('30.0 MB needed, 1.0 MB free');
  });
});
