// `densenet pull`: a pretrained network by its name on the hub, into the cache, and, if asked for, as a checkpoint of ours. Nothing
// is computed, so no GPU is asked; nothing that is fetched is run.
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { readTextFile } from '../../src/data/text-file.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { describeReport } from '../../src/densenet/weights/report.ts';
import { convertedCheckpoint } from '../../src/densenet/weights/save-details.ts';
import { isModelConfig } from '../../src/densenet/weights/sidecar-files.ts';
import { defaultCacheDir } from '../../src/node/cache-folder.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { megabytes } from '../../ui/number-text.ts';
import { interruptSignal } from '../exit.ts';
import { checkOutput, isFile, writeWhole } from '../files.ts';
import { parseModel, pull } from '../hub/hub.ts';
import { note, print, printJson } from '../output.ts';
import { readNamedWeights } from '../weights-file.ts';

interface PullCommandOptions {
  readonly out?: string;
  readonly cache?: string;
  readonly sha256?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

function digest(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('must be 64 hexadecimal digits.');
}

export function register(program: Command): void {
  program
    .command('pull')
    .description('a pretrained network from the Hugging Face hub, with its preprocessing; needs no GPU')
    .argument('<model>', 'OWNER/NAME on the hub, perhaps with @REVISION: timm/densenet121.tv_in1k')
    .option(
      '--out <file>',
      'the safetensors file to write: a checkpoint that has the preprocessing and class names in it',
    )
    .option('--cache <folder>', "where what is fetched is kept; default: the user's cache")
    .option('--sha256 <hex>', 'what the weights must have; default: what the hub says', digest)
    .option('--overwrite', 'replace an existing file')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
What is fetched is held to the SHA-256 that the hub says, or is not kept; an interrupted download goes on where it ended. What is in
the cache is not fetched again, and is taken as it is where the hub is not reached. HF_ENDPOINT is the address of a mirror.

Examples:
  densenet pull timm/densenet121.tv_in1k --out densenet121.safetensors
  HF_ENDPOINT=https://mirror.example densenet pull torchxrayvision/densenet121-res224-all`,
    )
    .action(async (text: string, options: PullCommandOptions) => {
      const { out, cache = defaultCacheDir('models'), sha256, overwrite = false, json = false } = options;
      const model = parseModel(text);
      if (out !== undefined) {
        await checkOutput('--out', out);
        if (!overwrite && (await isFile(out)))
          throw new ConfigError('--out', out, 'already exists: choose another file, or replace it (--overwrite)');
      }
      const progress = new PullProgress();
      const pulled = await pull(model, {
        cache,
        sha256,
        signal: interruptSignal(),
        onProgress: (file, bytes, of) => progress.show(file, bytes, of),
        onNote: note,
      }).finally(() => progress.end());
      const { weights, config } = pulled;
      const beside = config !== undefined && (await saysPreprocessing(config)) ? config : undefined;
      const found = await readNamedWeights(weights, beside === undefined ? {} : { preprocessing: beside });
      const bytes = out === undefined ? undefined : convertedCheckpoint(found);
      if (out !== undefined && bytes) await writeWhole(out, bytes, (written) => void readCheckpoint(written, out));
      if (json) {
        const { report } = found;
        printJson({ model: text, ...pulled, config: config ?? null, out: out ?? null, report });
        return;
      }
      for (const line of describeReport(found.report)) print(line);
      print(
        `${pulled.fetched ? 'fetched' : 'in the cache'}, SHA-256 ${pulled.sha256}: --checkpoint ${weights}${beside === undefined ? '' : ` --preprocessing ${beside}`}`,
      );
      if (out !== undefined && bytes) print(`${out}: a checkpoint of it (${megabytes(bytes.length)})`);
    });
}

/** Whether the config.json of a repository is of a model as timm describes one: it may be anything. */
async function saysPreprocessing(path: string): Promise<boolean> {
  const { name, text } = readTextFile(new Uint8Array(await readFile(path)), path);
  const isDescription = isModelConfig({ name, text });
  if (!isDescription) note(`${path} says nothing of images, and is not used`);
  return isDescription;
}

/** Milliseconds between lines where there is no terminal. */
const LINE_EVERY = 10_000;

/** How far a download is: a bar on a terminal, elsewhere a line every few seconds. */
class PullProgress {
  private bar: SingleBar | undefined;
  private last = performance.now();

  show(file: string, bytes: number, of: number | undefined): void {
    const status = `${file} ${megabytes(bytes)}${of === undefined ? '' : ` of ${megabytes(of)}`}`;
    if (!process.stderr.isTTY) {
      if (performance.now() - this.last < LINE_EVERY) return;
      this.last = performance.now();
      note(status);
      return;
    }
    if (!this.bar) {
      const look = { format: '{bar} {percentage}%  {status}', barsize: 24, clearOnComplete: true, gracefulExit: false };
      this.bar = new SingleBar({ ...look, stream: process.stderr }, Presets.shades_classic);
      this.bar.start(of ?? bytes, 0, { status });
    }
    this.bar.setTotal(Math.max(of ?? bytes, 1));
    this.bar.update(bytes, { status });
  }

  end(): void {
    this.bar?.stop();
  }
}
