// `densenet quick-start`, which is `npm start`: trains a small network on the sample, saves it, and shows its predictions for
// images of the validation set.
import process from 'node:process';
import type { Command } from 'commander';
import { inMemory } from '../../src/data/dataset.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import { buildNetwork, macs } from '../../src/densenet/network.ts';
import type { TrainingSettings } from '../../src/jobs/train-request.ts';
import { topClasses } from '../../src/metrics/top-classes.ts';
import { StorageError } from '../../src/runtime/errors.ts';
import { duration, percent, thousands, withPrefix } from '../../ui/number-text.ts';
import { table } from '../../ui/text-table.ts';
import { checkOutput } from '../files.ts';
import { openSession, type Session } from '../host/session.ts';
import { quickStart, shortName } from '../networks.ts';
import { addGlobalOptions, globalOptions } from '../options.ts';
import { note, print } from '../output.ts';
import { predictLogits } from '../prediction.ts';
import { readSample, SAMPLE } from '../training/data.ts';
import { ended, howToResume, trainAndSave } from '../training/run.ts';
import { checkSpace, RunFiles, type RunToTrain, runBytes, trainingOf } from '../training/run-files.ts';

const SHOWN = 8;

export function register(program: Command): void {
  addGlobalOptions(program.command('quick-start'))
    .description('train a small network on the Fashion-MNIST sample and try it: what npm start does')
    .option('--out <file>', 'where to write the checkpoint', 'densenet.safetensors')
    .option('--overwrite', 'replace an existing checkpoint that something else made')
    .action(async ({ out, overwrite = false }: { out: string; overwrite?: boolean }, command: Command) => {
      await checkOutput('--out', out);
      const data = await readSample();
      const images = { training: inMemory(data.training), validation: inMemory(data.validation) };
      const session = await openSession(globalOptions(command));
      let files: RunFiles | undefined;
      try {
        const settings = quickStart(session.adapter.software);
        introduce(session, settings, data.training);
        const given = command.getOptionValueSource('out') === 'cli';
        const claimed = await claim({ settings, data: images }, given ? [out] : defaults(out), overwrite);
        files = claimed.files;
        const trained = await trainAndSave(session, settings, images, { out: claimed.out });
        process.exitCode = ended(trained);
        const { checkpoint, saved, report } = trained;
        const { validation, interrupted } = report;
        print(
          `\ntrained in ${duration(report.seconds)}; ${interrupted ? 'state' : 'checkpoint'} saved to ${saved.path}`,
        );
        if (validation !== null)
          print(`validation accuracy: ${percent(validation)} of ${thousands(data.validation.count)} images`);
        if (interrupted) return print(howToResume(trained, SAMPLE));
        await tryOut(session, checkpoint, settings, data.validation);
        print(next(saved.path));
      } finally {
        files?.release();
        await session.close();
      }
    });
}

/** Names that are tried where none was given: what something else made is left alone. */
const defaults = (out: string): string[] =>
  Array.from({ length: 99 }, (_, i) => (i === 0 ? out : out.replace(/(\.\w+)?$/, `-${i + 1}$1`)));

async function claim(run: Omit<RunToTrain, 'name'>, names: readonly string[], overwrite: boolean) {
  let failure: unknown;
  for (const out of names) {
    const files = new RunFiles();
    try {
      await files.claimOut(out, {}, { option: '--out', overwrite }, () => trainingOf(run));
      await checkSpace(runBytes(buildNetwork(run.settings.config), run.settings), out);
      if (failure instanceof Error) note(`${failure.message}; this one is ${out}`);
      return { files, out };
    } catch (error) {
      files.release();
      failure ??= error;
      if (error instanceof StorageError && error.reason === 'full') throw error;
    }
  }
  throw failure;
}

const next = (checkpoint: string): string => {
  const commands = [
    ['npm run -s densenet -- train --epochs 20 --out better.safetensors', 'longer, and better'],
    [`npm run -s densenet -- predict --checkpoint ${checkpoint} picture.jpg`, 'on a picture of yours'],
    ['npm run -s densenet -- describe densenet121', 'what the full-size network costs'],
    ['npm run demo', 'the same in a browser'],
    ['npm test', 'every kernel and network against PyTorch'],
  ] as const;
  const width = commands.reduce((most, [command]) => Math.max(most, command.length), 0);
  return ['\nWhat to try next:', ...commands.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`)].join(
    '\n',
  );
};

function introduce({ host, adapter }: Session, { config, epochs }: TrainingSettings, images: LabelledImages): void {
  const network = buildNetwork(config);
  print(`A DenseNet learns to tell ${images.classNames.length} kinds of clothing apart, on ${adapter.name} (${host}).`);
  print(
    `${shortName(config)}: ${thousands(network.parameterCount)} parameters, ` +
      `${withPrefix(macs(network))} multiply-adds per image; ${epochs} epochs of ${thousands(images.count)} images.`,
  );
  if (adapter.software) {
    note('WebGPU finds no GPU here. It runs in software on the CPU, so the network is a small one.');
  }
}

/** The first images of the validation set: their labels, and what the checkpoint predicts. */
async function tryOut(
  session: Session,
  checkpoint: Uint8Array,
  { normalisation }: TrainingSettings,
  images: LabelledImages,
): Promise<void> {
  const bytes = images.channels * images.height * images.width;
  const some = Array.from({ length: Math.min(SHOWN, images.count) }, (_, i) => ({
    name: `validation image ${i + 1}`,
    pixels: images.pixels.subarray(i * bytes, (i + 1) * bytes),
  }));
  const logits = await predictLogits(session, some, { checkpoint, normalisation });
  const rows = logits.map((row, i) => {
    const label = images.classNames[images.labels[i] ?? 0] ?? '';
    const [best] = topClasses(row, 1, images.classNames);
    return [
      some[i]?.name ?? '',
      label,
      best?.name ?? '',
      percent(best?.probability ?? 0),
      best?.name === label ? 'correct' : 'wrong',
    ];
  });
  print(`\n${table(['', 'label', 'prediction', 'probability', ''], rows)}`);
}
