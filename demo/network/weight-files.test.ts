import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/runtime/errors.ts';
import { isWeightFile, sortWeightFiles } from './weight-files.ts';

const file = (name: string, text = '') => new File([text], name);
const weights = file('model.safetensors');
const CONFIG = '{"architecture":"densenet121","pretrained_cfg":{}}';

describe('sortWeightFiles', () => {
  it('finds what belongs to the weights, whatever the order and the names', async () => {
    const given = [file('labels.json', '["a"]'), file('timm.json', CONFIG), weights, file('cat.jpg')];
    expect(await sortWeightFiles(given)).toEqual({
      weights,
      config: { name: 'timm.json', text: CONFIG },
      labels: { name: 'labels.json', text: '["a"]' },
    });
  });

  it('of a downloaded folder takes config.json, and no README', async () => {
    const given = [file('README.txt', 'a'), file('config.json', CONFIG), file('other.json', CONFIG), weights];
    expect(await sortWeightFiles(given)).toEqual({ weights, config: { name: 'config.json', text: CONFIG } });
  });

  it.each([
    ['nothing', [], /nothing: .*no \.safetensors/],
    ['pictures', [file('a.png')], /a\.png: .*no \.safetensors/],
    ['pickled weights', [file('model.pth')], /model\.pth: .*not read.*save_file/],
    ['two networks', [weights, file('b.safetensors')], /one network at a time/],
  ])('refuses %s with a sentence', async (_, given, words) => {
    await expect(sortWeightFiles(given)).rejects.toThrow(DataError);
    await expect(sortWeightFiles(given)).rejects.toThrow(words);
  });

  it('knows weights among files of all kinds', () => {
    expect(['a.safetensors', 'A.SAFETENSORS', 'b.pt', 'c.png', 'd.json'].map((name) => isWeightFile({ name }))).toEqual(
      [...[true, true, true, false, false]],
    );
  });
});
