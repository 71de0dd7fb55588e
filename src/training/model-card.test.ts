import { expect, it } from 'vitest';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { PRESETS } from '../densenet/presets.ts';
import { modelCard } from './model-card.ts';

const { run } = sampleRun({ ...PRESETS['bc-40-36'], classes: 2 }, 'sgd');
const images = { count: 43, channels: 3, height: 32, width: 32, classNames: ['cat', 'dog'] };

it('says what it is, what it learned from, how, and how well', () => {
  const card = modelCard(run, images);
  for (const words of [
    'growth rate 36',
    'cat, dog',
    '43 images',
    '3 epochs, batch 8',
    'SGD, momentum 0.9, nesterov, weight decay 0.0001',
    'seed 7',
  ])
    expect(card).toContain(words);
  expect(card).toContain('Updates: 12, after 2 of 3 epochs');
  expect(card).toContain('Validation set: accuracy 25.0%');
  expect(card).toContain('Start: random');
});

it('says what a fine-tuning started from, whose data it had, and when', () => {
  const about = {
    fineTuned: 'classifier',
    classifier: 'reset',
    data: { name: 'My shells' },
    date: '2026-01-31',
    gpu: 'G',
  };
  const card = modelCard({ ...run, epochs: [], about }, images);
  expect(card).toContain('fine-tuned from another network (classifier; classifier reset)');
  expect(card).toContain('43 images of My shells');
  expect(card).toContain('2026-01-31');
  expect(card).not.toContain('Validation set: accuracy');
});
