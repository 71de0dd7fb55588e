// `densenet import`: another program's file of weights as a checkpoint of ours, with all that is known of the network, and a
// report of what was recognised and assumed. Nothing is computed, so no GPU is asked; nothing in the file is run.
import type { Command } from 'commander';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { describeReport } from '../../src/densenet/weights/report.ts';
import { convertedCheckpoint } from '../../src/densenet/weights/save-details.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { megabytes } from '../../ui/number-text.ts';
import { checkOutput, isFile, realTarget, writeWhole } from '../files.ts';
import { whole } from '../options.ts';
import { print, printJson } from '../output.ts';
import { addWeightsOptions, readNamedWeights, type WeightsOptions } from '../weights-file.ts';

interface ImportCommandOptions extends WeightsOptions {
  readonly out?: string;
  readonly multiLabel?: boolean;
  readonly newClassifier?: number;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addWeightsOptions(program.command('import'))
    .description(
      "a network of PyTorch's (.pth, .pt, .bin, .tar, .ckpt), Keras's (.h5, .keras), TensorFlow.js's, of ONNX or any safetensors, as a checkpoint; needs no GPU",
    )
    .argument(
      '<file>',
      'a state dict, a checkpoint or a whole module of torch.save, what Keras saves, a model.json of TensorFlow.js with its files beside it (or a zip of them), an ONNX model, or safetensors; told by its content',
    )
    .option('--out <file>', 'the safetensors file to write; without it, only what was recognised is printed')
    .option('--labels <file>', 'class names: one per line, CSV or JSON')
    .option('--multi-label', 'several classes may apply at once: a sigmoid for each')
    .option('--no-multi-label', 'one class per image: a softmax over all')
    .option(
      '--new-classifier <classes>',
      'for weights without a classifier: a new one, to be trained',
      whole(1, 1 << 20),
    )
    .option('--overwrite', 'replace an existing file')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Nothing in a file is run: of a pickle only the data are read, whatever else it says. Weights are found where programs put them (state_dict,
model, net, Lightning's and fastai's files, averages), under any prefix; what else a file has (an optimizer's state) is listed.
Every command that takes --checkpoint takes such files as they are.

Examples:
  densenet import densenet121-a639ec97.pth
  densenet import densenet121_weights_tf_dim_ordering_tf_kernels.h5 --out keras.safetensors
  densenet import checkpoint.pth.tar --out chest.safetensors --labels findings.txt --multi-label
  densenet import nih-pc-chex-mimic_ch-google-openi-kaggle-densenet121.pt --out xrv.safetensors`,
    )
    .action(async (file: string, options: ImportCommandOptions) => {
      const { out, multiLabel, newClassifier: classes, overwrite = false, json = false, ...weights } = options;
      if (out !== undefined) await claim(file, out, overwrite);
      const found = await readNamedWeights(file, weights, {
        multiLabel,
        ...(classes && { newClassifier: { classes } }),
      });
      const bytes = out === undefined ? undefined : convertedCheckpoint(found);
      if (out !== undefined && bytes) await writeWhole(out, bytes, (written) => void readCheckpoint(written, out));
      const { report, config, preprocessing, classNames, multiLabel: several, thresholds } = found;
      if (json) {
        const network = { config, preprocessing, classNames, multiLabel: several, thresholds };
        printJson({ file, out: out ?? null, bytes: bytes?.length ?? null, ...network, report });
        return;
      }
      for (const line of describeReport(report)) print(line);
      if (out !== undefined && bytes) print(`${out}: a checkpoint of it (${megabytes(bytes.length)})`);
    });
}

/** @throws ConfigError where the file cannot be written, or holds something that would be lost */
async function claim(file: string, out: string, overwrite: boolean): Promise<void> {
  if ((await realTarget(out)) === (await realTarget(file)))
    throw new ConfigError('--out', out, 'is the file that is imported: choose another');
  await checkOutput('--out', out);
  if (!overwrite && (await isFile(out)))
    throw new ConfigError('--out', out, 'already exists: choose another file, or replace it (--overwrite)');
}
