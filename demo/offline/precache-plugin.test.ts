import { describe, expect, it } from 'vitest';
import { describeFiles } from './precache-plugin.ts';

const files: Readonly<Record<string, string>> = {
  'assets/index-Cm_LRJY-.js': 'script',
  'assets/t10k-images-idx3-ubyte-DySVX0Zz.gz': 'images',
  'icon.svg': 'icon',
  'index.html': 'page',
};
const describeThem = (changed: Readonly<Record<string, string>> = {}) => {
  const all = { ...files, ...changed };
  return describeFiles(Object.keys(all).sort(), (path) => new TextEncoder().encode(all[path]));
};

describe('what the service worker is told', () => {
  it('is every file, with what it must be where its name does not say so', () => {
    expect(describeThem().files.map(({ path, integrity }) => [path, integrity?.slice(0, 7)])).toEqual([
      ['assets/index-Cm_LRJY-.js', undefined],
      ['assets/t10k-images-idx3-ubyte-DySVX0Zz.gz', undefined],
      ['icon.svg', 'sha256-'],
      ['index.html', 'sha256-'],
    ]);
  });

  it('has another version when a file changes, comes or goes, and the same for the same files', () => {
    const versions = [{}, { 'index.html': 'other' }, { 'more.html': '' }].map((change) => describeThem(change).version);
    expect(new Set(versions).size).toBe(3);
    expect(describeThem().version).toBe(versions[0]);
  });
});
