// `npm run bench:gpu`, and `sh run.sh` in a packed folder: the arguments, the session, the files, the exit code.

import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { errorText, exitCode } from '../../cli/exit.ts';
import { GPU_CHOICES } from '../../cli/host/gpu-choice.ts';
import { openBundle } from '../../cli/host/session.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { parseWorkloads } from '../workloads.ts';
import { GPU_BUNDLE, measureGpu } from './measure.ts';
import { PARTS, parseParts } from './parts.ts';

const PASSES = 'densenet121:training:32,densenet121:inference:1,bc-100-12:training:64';
const ROWS =
  'densenet121:training:32,densenet121:training:128,densenet121:inference:1,densenet121:inference:32,bc-100-12:training:64,bc-100-12:inference:64';
const AUTOTUNE = 'densenet121:training:32,bc-100-12:training:64';

const HELP = `bench:gpu: is what this GPU computes right, and how fast is it? Results are written after each part.

  --parts LIST          of ${Object.keys(PARTS).join(', ')}; all unless given
  --passes, --rows, --autotune LIST of MODEL:MODE:BATCH
  --kernels LIST        of parts of kernels' names
  --seconds N           for each table of passes and each row (default 10)
  --limit N             seconds for everything; each part has its share
  --json FILE --text FILE
  --gpu hardware|software|auto   --dawn-features LIST
  --python COMMAND      default python3      --ways LIST of PyTorch's ways (pytorch.py --help)
`;

try {
  await main();
} catch (thrown) {
  process.stderr.write(errorText(thrown));
  process.exitCode = exitCode(thrown);
}

async function main(): Promise<void> {
  const values = parse();
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const gpu = GPU_CHOICES.find((choice) => choice === values.gpu);
  if (!gpu) throw new ConfigError('--gpu', values.gpu, `must be one of ${GPU_CHOICES.join(', ')}`);
  const wanted = {
    parts: parseParts(values.parts),
    passes: parseWorkloads(values.passes),
    rows: parseWorkloads(values.rows),
    autotune: parseWorkloads(values.autotune),
    kernels: values.kernels?.split(','),
    seconds: positive('--seconds', values.seconds),
    limit: values.limit === undefined ? Number.POSITIVE_INFINITY : positive('--limit', values.limit),
    pytorch: { python: values.python, ways: values.ways },
    dawnFeatures: values['dawn-features'],
  };
  const { json, text, 'dawn-features': dawnFeatures } = values;
  const session = await openBundle(GPU_BUNDLE, {
    host: 'node',
    gpu,
    ...(dawnFeatures === undefined ? {} : { dawnFeatures }),
  });
  const printed: string[] = [];
  try {
    await measureGpu(session, wanted, {
      print: (line) => {
        printed.push(line);
        process.stdout.write(`${line}\n`);
      },
      // Anew after each part: what has been measured is not lost where time runs out.
      keep: async (report) => {
        if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
        if (text !== undefined) await writeFile(text, `${printed.join('\n')}\n`);
      },
    });
  } finally {
    await session.close();
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new ConfigError(option, text, 'must be a number above 0');
  return value;
}

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        gpu: { type: 'string', default: 'hardware' },
        parts: { type: 'string', default: Object.keys(PARTS).join() },
        passes: { type: 'string', default: PASSES },
        rows: { type: 'string', default: ROWS },
        autotune: { type: 'string', default: AUTOTUNE },
        kernels: { type: 'string' },
        seconds: { type: 'string', default: '10' },
        limit: { type: 'string' },
        'dawn-features': { type: 'string' },
        python: { type: 'string', default: 'python3' },
        ways: { type: 'string' },
        json: { type: 'string' },
        text: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new ConfigError('arguments', process.argv.slice(2), error instanceof Error ? error.message : String(error));
  }
}
