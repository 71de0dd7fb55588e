// The model card that a trained network carries in its file, as people read it.

import { buildNetwork } from '../densenet/network.ts';
import { augmentationText } from '../densenet/train/augmentation.ts';
import { optimizerText } from '../densenet/train/optimizers.ts';
import { isComplete, type RunMetadata, stepOf } from '../densenet/train/run-metadata.ts';
import { VERSION } from '../version.ts';
import type { ImagesInfo } from './events.ts';

/**
 * What it is, what it learned from, how, and how
 * well it does. No times: the same training gives the same file.
 * @returns Markdown
 */
export function modelCard(run: RunMetadata, images: ImagesInfo): string {
  const { hyperparameters, epochs, about } = run;
  const { config } = hyperparameters;
  const { growthRate, blockLayers, bottleneckWidth, compression, inputChannels, height, width } = config;
  const last = epochs.at(-1);
  const lines = [
    `# DenseNet, growth rate ${growthRate}, blocks of ${blockLayers.join(', ')} layers`,
    '',
    `- Parameters: ${buildNetwork(config).parameterCount}; bottleneck ${bottleneckWidth}, compression ${compression}, dropout ${config.dropout}`,
    `- Input: ${inputChannels} x ${height} x ${width}, pixels / 255 minus ${hyperparameters.normalisation.mean.join(', ')}, divided by ${hyperparameters.normalisation.std.join(', ')}`,
    `- Classes: ${images.classNames.join(', ')}`,
    `- Data: ${images.count} images${nameOf(about.data)}, without the validation set`,
    `- Start: ${startOf(about)}`,
    `- Hyperparameters: ${hyperparameters.epochs} epochs, batch ${hyperparameters.batch * hyperparameters.accumulate}, ${optimizerText(hyperparameters.optimizer)}, learning rate ${hyperparameters.learningRate} (${hyperparameters.schedule}, warm-up ${hyperparameters.warmup} epochs), label smoothing ${hyperparameters.labelSmoothing}, ${augmentationText(hyperparameters.augment)}, seed ${hyperparameters.seed}`,
    `- Updates: ${stepOf(run)}${isComplete(run) ? '' : `, after ${epochs.length} of ${hyperparameters.epochs} epochs`}`,
    ...(last && last.validationAccuracy !== null && last.validationLoss !== null
      ? [
          `- Validation set: accuracy ${percent(last.validationAccuracy)}, cross-entropy ${last.validationLoss.toFixed(3)}`,
        ]
      : []),
    ...(typeof about.date === 'string' ? [`- Date: ${about.date}`] : []),
    `- Made with: densenet-webgpu ${VERSION}${typeof about.gpu === 'string' && about.gpu !== '' ? ` on ${about.gpu}` : ''}`,
  ];
  return `${lines.join('\n')}\n`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

function nameOf(data: unknown): string {
  if (typeof data !== 'object' || data === null || !('name' in data)) return '';
  return ` of ${data.name}`;
}

const startOf = ({ fineTuned, classifier }: RunMetadata['about']): string =>
  typeof fineTuned === 'string' ? `fine-tuned from another network (${fineTuned}; classifier ${classifier})` : 'random';
