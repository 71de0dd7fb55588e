// The model card that a trained network carries in its file, as people read it: what it is, what it learned from, how, and
// how well it does. No times: the same training gives the same file.

import { buildNetwork } from '../../densenet/network.ts';
import type { OptimizerOptions } from '../../densenet/training/optimizers.ts';
import { isComplete, type RunRecord, stepOf } from '../../densenet/training/run-record.ts';
import { VERSION } from '../../version.ts';
import type { ImagesHead } from './labelled.ts';

/** Markdown. */
export function modelCard(run: RunRecord, images: ImagesHead): string {
  const { recipe, epochs, about } = run;
  const { config } = recipe;
  const { growthRate, blockLayers, bottleneckWidth, compression, inputChannels, height, width } = config;
  const last = epochs.at(-1);
  const lines = [
    `# DenseNet, growth rate ${growthRate}, blocks of ${blockLayers.join(', ')} layers`,
    '',
    `- Parameters: ${buildNetwork(config).parameterCount}; bottleneck ${bottleneckWidth}, compression ${compression}, dropout ${config.dropout}`,
    `- Input: ${inputChannels} x ${height} x ${width}, pixels / 255 minus ${recipe.normalisation.mean.join(', ')}, divided by ${recipe.normalisation.std.join(', ')}`,
    `- Classes: ${images.classNames.join(', ')}`,
    `- Data: ${images.count} images${nameOf(about.data)}, those that were held out apart`,
    `- Start: ${startOf(about)}`,
    `- Recipe: ${recipe.epochs} epochs, batch ${recipe.batch * recipe.accumulate}, ${optimizerText(recipe.optimizer)}, learning rate ${recipe.learningRate} (${recipe.schedule}, warm-up ${recipe.warmup} epochs), label smoothing ${recipe.labelSmoothing}, ${recipe.mirror ? 'mirrored' : 'not mirrored'}, shifted by up to ${recipe.shift} pixels, seed ${recipe.seed}`,
    `- Updates: ${stepOf(run)}${isComplete(run) ? '' : ', interrupted'}`,
    ...(last
      ? [`- Held-out images: ${percent(last.heldOut)} right, cross-entropy ${last.heldOutLoss.toFixed(3)}`]
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

const startOf = ({ fineTuned, classifier }: RunRecord['about']): string =>
  typeof fineTuned === 'string' ? `fine-tuned from another network (${fineTuned}; classifier ${classifier})` : 'random';

const optimizerText = (o: OptimizerOptions): string =>
  o.kind === 'sgd'
    ? `SGD with momentum ${o.momentum}${o.nesterov ? ' (Nesterov)' : ''} and weight decay ${o.weightDecay}`
    : `AdamW with betas ${o.betas.join(', ')} and weight decay ${o.weightDecay}`;
