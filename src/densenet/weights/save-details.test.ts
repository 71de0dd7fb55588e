// Calibration and thresholds in checkpoints: what is written is read in every way that a file can be read, and what cannot be is
// neither.
import { describe, expect, it } from 'vitest';
import { golden, read } from '../../../tests/fixtures/weights.ts';
import { readSafetensors, writeSafetensors } from '../../data/safetensors.ts';
import { DataError, StateError } from '../../runtime/errors.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { readCheckpoint, writeCheckpoint } from '../train/checkpoint.ts';
import { importSafetensors } from './import-weights.ts';
import { describeReport } from './report.ts';
import { withChosenDetails } from './save-details.ts';

const config = { ...PRESETS['plain-40-12'], blockLayers: [1], inputChannels: 1, height: 8, width: 8, classes: 3 };
const network = buildNetwork(config);
const state = toStateDict(network, initialize(network, 1));
const details = { multiLabel: true, temperature: 1.75, thresholds: [0.2, 1, 0.1 + 0.2] };
const normalisation = { mean: [0.25], std: [0.5] };
const written = writeCheckpoint(network, state, { ...details, normalisation, steps: 9, training: { epochs: 3 } });

describe('calibration and thresholds of a checkpoint', () => {
  it('are read as they were written, to the last bit', () => {
    expect(readCheckpoint(written, 'a')).toMatchObject(details);
    const imported = importSafetensors(written, 'a');
    expect(imported).toMatchObject(details);
    expect(imported.report).toMatchObject({ sources: { multiLabel: 'metadata' }, thresholds: 'metadata thresholds' });
    expect(describeReport(imported.report)).toContain('thresholds of the classes: metadata thresholds');
  });

  it('are 1 and undefined where a file has none', () => {
    const plain = importSafetensors(writeCheckpoint(network, state), 'a');
    expect(plain).toMatchObject({ multiLabel: false, temperature: 1, thresholds: undefined });
    expect(importSafetensors(golden('torchvision.safetensors'), 'a').temperature).toBe(1);
  });

  it('an option overrides what the file says of its labels', () => {
    expect(importSafetensors(written, 'a', { multiLabel: false }).multiLabel).toBe(false);
  });

  it.each([
    ['temperature', { temperature: 0 }, '0'],
    ['temperature', { temperature: Number.NaN }, 'null'],
    ['temperature', { temperature: Number.POSITIVE_INFINITY }, '"1"'],
    ['thresholds', { thresholds: [0.5] }, '[0.5]'],
    ['thresholds', { thresholds: [0.5, 0.5, 1.5] }, '[0.5,0.5,"0.5"]'],
    ['thresholds', { thresholds: [0.5, 0.5, Number.NaN] }, '{"0":0.5}'],
    ['multi_label', {}, '"yes"'],
  ])('a %s that cannot be is neither written nor read', (key, option, text) => {
    if (Object.keys(option).length > 0) expect(() => writeCheckpoint(network, state, option)).toThrow(StateError);
    const { tensors, metadata } = readSafetensors(written, 'a');
    const bad = writeSafetensors(tensors, { ...metadata, [key]: text });
    for (const reading of [readCheckpoint, importSafetensors]) {
      expect(() => reading(bad, 'bad')).toThrow(DataError);
      expect(() => reading(bad, 'bad')).toThrow(`metadata ${key}: must`);
    }
  });
});

describe('a checkpoint with chosen details', () => {
  it('keeps its tensors and its other metadata', () => {
    const chosen = { temperature: 2, thresholds: [0.1, 0.2, 0.3] };
    const saved = withChosenDetails(written, 'a', importSafetensors(written, 'a'), chosen);
    expect(importSafetensors(saved, 'b')).toMatchObject({ ...chosen, report: { checked: true } });
    const [before, after] = [readSafetensors(written, 'a'), readSafetensors(saved, 'b')];
    expect([...after.tensors]).toEqual([...before.tensors]);
    const { temperature, thresholds, file_sha256, ...rest } = after.metadata;
    expect({ temperature, thresholds }).toEqual({ temperature: '2', thresholds: '[0.1,0.2,0.3]' });
    for (const [key, value] of Object.entries(rest)) expect(before.metadata[key], key).toBe(value);
  });

  it('keeps what is not chosen anew', () => {
    const saved = withChosenDetails(written, 'a', importSafetensors(written, 'a'), { temperature: 1 });
    expect(importSafetensors(saved, 'b')).toMatchObject({ temperature: 1, thresholds: details.thresholds });
    expect(readSafetensors(saved, 'b').metadata.temperature).toBeUndefined();
  });

  it('of another program becomes one of ours, with the same network and preprocessing', () => {
    const bytes = golden('legacy.safetensors');
    const from = read(bytes);
    const saved = importSafetensors(withChosenDetails(bytes, 'a', from, { temperature: 3 }), 'b');
    expect(saved).toMatchObject({ temperature: 3, config: from.config, preprocessing: from.preprocessing });
    expect(saved.state).toEqual(from.state);
    expect(saved.report.sources.preprocessing).toBe('metadata');
  });
});
