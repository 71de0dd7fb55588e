import { describe, expect, it } from 'vitest';
import { readAddress } from './views.ts';

const read = (address: string) => readAddress(new URL(address, 'https://host.test/some/folder/'));

describe('an address', () => {
  it('names the view in its hash and the network in its query', () => {
    expect(read('index.html?model=my%20network#train')).toEqual({
      view: 'train',
      within: '',
      model: 'my network',
      unknownView: undefined,
      selfTest: false,
    });
    expect(read('')).toEqual({
      view: 'classify',
      within: '',
      model: undefined,
      unknownView: undefined,
      selfTest: false,
    });
    expect(read('?model=fashion-mnist').model).toBe('');
  });

  it('names a place within its view after a question mark', () => {
    expect(read('?model=fashion-mnist#inside?block=2&layer=3')).toMatchObject({
      view: 'inside',
      within: 'block=2&layer=3',
      model: '',
      unknownView: undefined,
    });
    expect(read('#nonsense?block=2')).toMatchObject({ view: 'classify', unknownView: 'nonsense' });
  });

  it('falls back to the first view, and keeps what was asked for', () => {
    expect(read('#nonsense')).toMatchObject({ view: 'classify', unknownView: 'nonsense' });
  });

  it.each(['#%E0%A4%A', '#__proto__', '#constructor'])('is not upset by %s', (odd) => {
    expect(read(odd).view).toBe('classify');
    expect(read(odd).unknownView).toBeDefined();
  });

  it('asks for the self-test with or without a value', () => {
    expect(read('?selftest')).toMatchObject({ selfTest: true, view: 'about' });
    expect(read('?selftest=1&model=fashion-mnist#train')).toMatchObject({ selfTest: true, view: 'train' });
  });
});
