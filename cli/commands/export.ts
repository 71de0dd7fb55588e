// `densenet export`: a network in other programs' formats: PyTorch, ONNX, safetensors under the standard names. One table has
// the formats; options that a format does not have are refused. Nothing is computed, so no GPU is asked.
import { type Command, Option } from 'commander';
import { resizingOf } from '../../src/data/preprocess.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { buildNetwork, type Network } from '../../src/densenet/network.ts';
import {
  checkpointMetadata,
  checkpointTensors,
  KEYS,
  readCheckpoint,
  trainingRecord,
} from '../../src/densenet/train/checkpoint.ts';
import { NO_GROUPS } from '../../src/densenet/train/parameter-groups.ts';
import { readTrainingState, type TrainingState } from '../../src/densenet/train/training-state.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import { halfTensors } from '../../src/export/half.ts';
import { writeModelPy } from '../../src/export/model-py.ts';
import { ONNX_INPUT, ONNX_INPUTS, type OnnxInput, onnxOutput, writeOnnx } from '../../src/export/onnx.ts';
import { writePth } from '../../src/export/pth.ts';
import { torchOptimizerName } from '../../src/export/torch-optimizer.ts';
import { writeTrainingPth } from '../../src/export/training-pth.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { megabytes } from '../../ui/number-text.ts';
import { type Check, checkOutput, isFile, readInputFile, realTarget, writeWhole } from '../files.ts';
import { note, print, printJson } from '../output.ts';
import { addWeightsOptions, noteAssumedPreprocessing, readNamedWeights, type WeightsOptions } from '../weights-file.ts';

interface ExportOptions extends WeightsOptions {
  readonly to: FormatName;
  readonly multiLabel?: boolean;
  readonly optimizer?: boolean;
  readonly half?: boolean;
  readonly softmax?: boolean;
  readonly normalise?: OnnxInput;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** What is exported. */
interface Source {
  readonly found: ImportedNetwork;
  readonly network: Network;
  /** The run, with --optimizer. */
  readonly training: TrainingState | undefined;
  readonly options: ExportOptions;
}

interface Exported {
  readonly bytes: Uint8Array;
  /** What was written, as a noun. */
  readonly what: string;
  /** The lines of Python, or the command, that load it. @param out its file, as a Python string */
  load(out: string): readonly string[];
  /** Reads back what was written. */
  readonly check?: Check;
}

interface Format {
  readonly label: string;
  /** The options that it takes, beside those of every format. */
  readonly options: readonly (keyof ExportOptions)[];
  write(source: Source): Exported;
}

const FORMATS = {
  pth: {
    label: "PyTorch's file: a state dict, or with --optimizer a checkpoint",
    options: ['optimizer', 'half'],
    write: (source) => (source.training ? trainingPth(source, source.training) : statePth(source)),
  },
  safetensors: {
    label: "safetensors under torchvision's names",
    options: ['half'],
    write: ({ found, network, options: { half } }) => {
      const details = detailsOf(found);
      const tensors = checkpointTensors(network, found.state, details);
      return {
        bytes: writeSafetensors(half ? halfTensors(tensors) : tensors, checkpointMetadata(network, details)),
        what: `safetensors under torchvision's names${half ? ', weights in float16' : ''}`,
        load: (out) => ['from safetensors.torch import load_file', `model.load_state_dict(load_file(${out}))`],
        check: (written) => void readCheckpoint(written, 'the export'),
      };
    },
  },
  onnx: {
    label: 'an ONNX model, opset 17',
    options: ['softmax', 'normalise'],
    write: ({ found, network, options: { softmax: probabilities = false, normalise: input = 'normalised' } }) => {
      const { inputChannels, height, width, classes } = found.config;
      const onnx = { probabilities, input };
      const type = input === 'uint8' ? 'uint8, 0 to 255' : `float32, ${input === 'float' ? '0 to 1' : 'normalised'}`;
      return {
        bytes: writeOnnx(network, found.state, { ...found, ...onnx }),
        what:
          `ONNX, opset 17: ${ONNX_INPUT} [batch, ${inputChannels}, ${height}, ${width}] (${type}) to ` +
          `${onnxOutput(onnx)} [batch, ${classes}]`,
        load: (out) => [
          'import onnxruntime',
          `onnxruntime.InferenceSession(${out}).run(None, {"${ONNX_INPUT}": images})`,
        ],
      };
    },
  },
  'model.py': {
    label: 'a Python module that classifies an image with an exported .pth',
    options: [],
    write: ({ found, network }) => ({
      bytes: new TextEncoder().encode(writeModelPy(network, found)),
      what: 'a Python module for PyTorch and Pillow',
      load: (out) => [`python3 ${out} WEIGHTS.pth IMAGE   (WEIGHTS.pth: densenet export --to pth)`],
    }),
  },
} as const satisfies Record<string, Format>;
type FormatName = keyof typeof FORMATS;
const FORMAT_NAMES = Object.keys(FORMATS);

/** The options of single formats, and how each is written. */
const OWN_OPTIONS = {
  optimizer: '--optimizer',
  half: '--half',
  softmax: '--softmax',
  normalise: '--normalise',
} as const satisfies Partial<Record<keyof ExportOptions, string>>;

export function register(program: Command): void {
  addWeightsOptions(program.command('export'))
    .description('write a network for PyTorch, ONNX Runtime and other programs; needs no GPU')
    .argument('<file>', "safetensors: a checkpoint, a run's state, or any DenseNet's (torchvision, timm …)")
    .argument('<out>', 'the file to write')
    .addOption(
      new Option(
        '--to <format>',
        Object.entries(FORMATS)
          .map(([name, { label }]) => `${name}: ${label}`)
          .join('; '),
      )
        .choices(FORMAT_NAMES)
        .makeOptionMandatory(),
    )
    .option('--labels <file>', 'class names: one per line, CSV or JSON')
    .option('--multi-label', 'several classes may apply at once: a sigmoid for each')
    .option('--no-multi-label', 'one class per image: a softmax over all')
    .option(
      '--optimizer',
      "pth: with the optimizer's state of a run, in torch.optim's own form (SGD, AdamW, RMSprop; it has no LAMB or Lion)",
    )
    .option('--half', 'pth, safetensors: weights of convolutions and classifier in float16')
    .option('--softmax', 'onnx: probabilities instead of logits (of a multi-label network a sigmoid for each class)')
    .addOption(
      new Option('--normalise [input]', 'onnx: normalise pixels inside the graph: uint8 (0 to 255), or float (0 to 1)')
        .choices(ONNX_INPUTS.filter((input) => input !== 'normalised'))
        .preset('uint8'),
    )
    .option('--overwrite', 'replace an existing file')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Weights in a file of another program become float32 under torchvision's names, batch-norm counters included. ONNX models take any
batch; class names and preprocessing are in their metadata (class_names, preprocessing).
With --optimizer the .pth is a dict: model, optimizer, optimizer_class, optimizer_parameters (whose state it is, in order), epoch,
step. It was tested with PyTorch 1.13, whose torch.load needs weights_only=False for it; newer ones take the same call.

Examples:
  densenet export densenet.safetensors --to pth model.pth
  densenet export run.state.safetensors --to pth checkpoint.pth --optimizer
  densenet export densenet.safetensors --to onnx model.onnx --normalise --softmax
  densenet export densenet.safetensors --to model.py model.py && python3 model.py model.pth shoe.png
  densenet export timm.safetensors --to safetensors standard.safetensors --preprocessing config.json`,
    )
    .action(async (file: string, out: string, options: ExportOptions) => {
      checkOptions(options);
      await claim(file, out, options);
      const source = await readSource(file, options);
      const format: Format = FORMATS[options.to];
      const { bytes, what, load, check } = format.write(source);
      await writeWhole(out, bytes, check);
      const lines = load(options.to === 'model.py' ? out : JSON.stringify(out));
      if (options.json) {
        printJson({ file: out, format: options.to, bytes: bytes.length, what, load: lines });
        return;
      }
      print(`${out}: ${what} (${megabytes(bytes.length)})`);
      for (const line of lines) print(`  ${line}`);
    });
}

/** @throws ConfigError for an option of another format */
function checkOptions(options: ExportOptions): void {
  const { options: own }: Format = FORMATS[options.to];
  for (const [name, flag] of Object.entries(OWN_OPTIONS)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || own.some((known) => known === name)) continue;
    const takers = Object.entries<Format>(FORMATS).filter(([, format]) =>
      format.options.some((known) => known === name),
    );
    throw new ConfigError(
      flag,
      value,
      `is for --to ${takers.map(([taker]) => taker).join(' and ')}, not ${options.to}`,
    );
  }
}

/** @throws ConfigError where the file cannot be written, or holds something that would be lost */
async function claim(file: string, out: string, { overwrite = false }: ExportOptions): Promise<void> {
  if ((await realTarget(out)) === (await realTarget(file)))
    throw new ConfigError('out', out, 'is the file that is exported: choose another');
  await checkOutput('out', out);
  if (!overwrite && (await isFile(out)))
    throw new ConfigError('out', out, 'already exists: choose another file, or replace it (--overwrite)');
}

async function readSource(file: string, options: ExportOptions): Promise<Source> {
  const { multiLabel, optimizer, ...weights } = options;
  const training = optimizer ? readTrainingState(await readInputFile(file), file) : undefined;
  const found = await readNamedWeights(file, weights, { multiLabel });
  noteAssumedPreprocessing(found, 'the export says');
  const { report, thresholds } = found;
  if (thresholds) note(`the thresholds of the classes (${report.thresholds}) are not in the export`);
  return { found, network: buildNetwork(found.config), training, options };
}

/** What a checkpoint says beside the numbers: of one of ours, also how it was trained. */
function detailsOf({ preprocessing, classNames, metadata, batchesTracked }: ImportedNetwork) {
  const { mean, std } = preprocessing;
  const resizing = resizingOf(preprocessing);
  const training = trainingRecord(metadata);
  const card = metadata[KEYS.card];
  return {
    steps: batchesTracked,
    normalisation: { mean, std },
    ...(resizing && { resizing }),
    ...(classNames && { classNames }),
    ...(Object.keys(training).length > 0 && { training }),
    ...(card !== undefined && { card }),
  };
}

function statePth({ found, network, options: { half = false } }: Source): Exported {
  return {
    bytes: writePth(network, found.state, { steps: found.batchesTracked, half }),
    what: `a PyTorch state dict under torchvision's names${half ? ', weights in float16' : ''}`,
    load: (out) => ['import torch', `model.load_state_dict(torch.load(${out}, weights_only=True))`],
  };
}

function trainingPth({ network, options: { half } }: Source, training: TrainingState): Exported {
  if (half) throw new ConfigError('--half', true, 'would round the weights that a training goes on with: leave it out');
  const name = torchOptimizerName(training.run.hyperparameters.optimizer);
  const { groups } = training.run.hyperparameters;
  if (JSON.stringify(groups) !== JSON.stringify(NO_GROUPS))
    note(
      "the run's parameter groups are not in the export: there all parameters have one learning rate and weight decay",
    );
  const all = training.run.hyperparameters.trainable === 'all';
  const parameters = all
    ? 'model.parameters()'
    : '[dict(model.named_parameters())[name] for name in checkpoint["optimizer_parameters"]]';
  return {
    bytes: writeTrainingPth(network, training),
    what: `a PyTorch checkpoint with the state of torch.optim.${name} after ${training.trainer.steps} updates`,
    load: (out) => [
      'import torch',
      `checkpoint = torch.load(${out}, weights_only=False)`,
      'model.load_state_dict(checkpoint["model"])',
      `optimizer = torch.optim.${name}(${parameters}, lr=1)`,
      'optimizer.load_state_dict(checkpoint["optimizer"])  # its learning rate too',
    ],
  };
}
