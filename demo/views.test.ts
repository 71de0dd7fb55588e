import { describe, expect, it } from 'vitest';
import { readAddress } from './views.ts';

const read = (address: string) => readAddress(new URL(address, 'https://host.test/some/folder/'));

describe('an address', () => {
  it('names the view in its hash and the network in its query', () => {
    expect(read('index.html?model=fashion-mnist#train')).toEqual({
      ...{ view: 'train', within: '', model: 'fashion-mnist', unknown: {}, selfTest: false },
    });
    expect(read('')).toEqual({
      ...{ view: 'classify', within: '', model: 'fashion-mnist', unknown: {}, selfTest: false },
    });
  });

  it('names a place within its view after a question mark', () => {
    expect(read('?model=fashion-mnist#inside?block=2&layer=3')).toMatchObject({
      ...{ view: 'inside', within: 'block=2&layer=3', model: 'fashion-mnist', unknown: {} },
    });
    expect(read('#nonsense?block=2')).toMatchObject({ view: 'classify', unknown: { view: 'nonsense' } });
  });

  it('falls back to the first of each, and keeps what was asked for', () => {
    expect(read('?model=resnet#nonsense')).toMatchObject({
      ...{ view: 'classify', model: 'fashion-mnist', unknown: { view: 'nonsense', model: 'resnet' } },
    });
  });

  it.each(['#%E0%A4%A', '#__proto__', '#constructor', '?model=toString'])('is not upset by %s', (odd) => {
    expect(read(odd).view).toBe('classify');
    expect(Object.keys(read(odd).unknown)).toHaveLength(1);
  });

  it('asks for the self-test with or without a value', () => {
    expect(read('?selftest')).toMatchObject({ selfTest: true, view: 'about' });
    expect(read('?selftest=1&model=fashion-mnist#train')).toMatchObject({ selfTest: true, view: 'train' });
  });
});
