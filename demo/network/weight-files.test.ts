import { describe, expect, it } from 'vitest';
import { fileKind } from '../../src/data/file-kind.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { zipEntries } from '../../src/data/unzip.ts';
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

  it('takes weights for what they are, whatever they are called', async () => {
    const bytes = writeSafetensors(new Map());
    const model = new File([bytes], 'pytorch_model.bin');
    expect((await sortWeightFiles([file('a.txt', 'x'), model])).weights).toBe(model);
  });

  it("takes PyTorch's files, and safetensors where the same weights came in both formats", async () => {
    const zip = new File(['PK\x03\x04', '\0'.repeat(26), 'model/data.pkl'], 'pytorch_model.bin');
    const legacy = new File([Uint8Array.of(0x80, 2, 0x8a, 10)], 'model.pth.tar');
    const named = file('model.pt', 'PK');
    for (const one of [zip, legacy, named]) expect((await sortWeightFiles([one])).weights).toBe(one);
    const safe = new File([writeSafetensors(new Map())], 'model.safetensors');
    expect((await sortWeightFiles([zip, legacy, safe])).weights).toBe(safe);
    await expect(sortWeightFiles([zip, legacy])).rejects.toThrow(/one network at a time/);
    // The directory of a large zip lies at its end.
    const late = new File(['PK\x03\x04', '\0'.repeat(200_000), 'model/data.pkl'], 'archive.zip');
    expect((await sortWeightFiles([late])).weights).toBe(late);
  });

  it('puts a TensorFlow.js model and the files of its weights into one', async () => {
    const model = file('model.json', '{"modelTopology":{},"weightsManifest":[{"paths":["a.bin"]}]}');
    const given = [file('other.bin', 'x'), file('a.bin', 'abc'), model, file('labels.json', '["a"]')];
    const { weights: zip, labels } = await sortWeightFiles(given);
    expect(labels?.name).toBe('labels.json');
    const bytes = new Uint8Array(await zip.arrayBuffer());
    expect(zipEntries(bytes, zip.name).map(({ name }) => name)).toEqual(['model.json', 'a.bin']);
    expect(fileKind(bytes)).toBe('tfjs-zip');
  });

  it("joins Hugging Face's two configurations, and reads names in Latin-1", async () => {
    const names = new File([Uint8Array.of(0xe9, 0x74, 0xe9, 10, 0x78)], 'labels.txt');
    const given = [
      file('preprocessor_config.json', '{"image_mean":[0.5]}'),
      file('config.json', '{"id2label":{"0":"a"}}'),
    ];
    const { config, labels } = await sortWeightFiles([weights, names, ...given]);
    expect(JSON.parse(config?.text ?? '')).toEqual({ id2label: { 0: 'a' }, image_mean: [0.5] });
    expect([config?.name, labels?.text]).toEqual(['config.json and preprocessor_config.json', 'été\nx']);
  });

  it.each([
    ['nothing', [], /nothing: .*not weights of a format that is read/],
    ['pictures', [file('a.png')], /a\.png: .*is empty; a safetensors file, .* or an ONNX model is needed/],
    ["Keras's weights", [file('model.h5', '\x89HDF\r\n\x1a\n')], /model\.h5: /],
    ['a page that was saved in their place', [file('model.bin', '<!doctype html>')], /model\.bin: .*web page/],
    ['an index', [file('model.safetensors.index.json', '{"weight_map":{"a":"m-1.safetensors"}}')], /m-1\.safetensors/],
    ['two networks', [weights, file('b.safetensors')], /one network at a time/],
  ])('refuses %s with a sentence', async (_, given, strings) => {
    await expect(sortWeightFiles(given)).rejects.toThrow(DataError);
    await expect(sortWeightFiles(given)).rejects.toThrow(strings);
  });

  it('knows weights among files of all kinds', () => {
    expect(['a.safetensors', 'A.SAFETENSORS', 'b.pt', 'c.png', 'd.json'].map((name) => isWeightFile({ name }))).toEqual(
      [true, true, true, false, false],
    );
  });
});
