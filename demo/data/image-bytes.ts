// What the chosen data takes in memory at the size of the network's input, said before anything is decoded.

import { h } from 'preact';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { format, text } from '../text/text.ts';
import { MAX_SET_BYTES, type TrainingSet } from './training-set.ts';

type InputShape = Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>;

export function ImageBytes({ set, input }: { set: TrainingSet; input: InputShape }) {
  const { inputChannels, height, width } = input;
  if (inputChannels !== 1 && inputChannels !== 3) return null;
  const strings = text().data;
  const { bytes } = format();
  const needed = set.bytes({ channels: inputChannels, height, width });
  if (needed <= MAX_SET_BYTES) return h('p', { class: 'hint' }, strings.memory(bytes(needed)));
  return h('p', { class: 'error-banner', role: 'status' }, strings.tooMuchMemory(bytes(needed), bytes(MAX_SET_BYTES)));
}
