// `npm run bench:gpu`: the arguments, the session, the file, the exit code.

import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { errorText, exitCode } from '../../cli/exit.ts';
import { GPU_CHOICES } from '../../cli/host/gpu-choice.ts';
import { openBundle } from '../../cli/host/session.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { parseWorkloads } from '../workloads.ts';
import { GPU_BUNDLE, measureGpu } from './measure.ts';

const PASSES = 'densenet121:training:32,densenet121:inference:1';
const ROWS = `${PASSES},densenet121:inference:8,densenet121:inference:32,bc-100-12:training:64,bc-100-12:inference:64`;

try {
  await main();
} catch (thrown) {
  process.stderr.write(errorText(thrown));
  process.exitCode = exitCode(thrown);
}

async function main(): Promise<void> {
  const values = parse();
  const gpu = GPU_CHOICES.find((choice) => choice === values.gpu);
  if (!gpu) throw new ConfigError('--gpu', values.gpu, `must be one of ${GPU_CHOICES.join(', ')}`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new ConfigError('--seconds', values.seconds, 'must be a number above 0');
  const wanted = { passes: parseWorkloads(values.passes), rows: parseWorkloads(values.rows), seconds };
  const { json, 'dawn-features': dawnFeatures } = values;
  const session = await openBundle(GPU_BUNDLE, {
    host: 'node',
    gpu,
    ...(dawnFeatures === undefined ? {} : { dawnFeatures }),
  });
  try {
    await measureGpu(session, wanted, {
      print: (text) => process.stdout.write(`${text}\n`),
      // Anew after each part: what has been measured is not lost where time runs out.
      keep: async (report) => {
        if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
      },
    });
  } finally {
    await session.close();
  }
}

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        gpu: { type: 'string', default: 'hardware' },
        passes: { type: 'string', default: PASSES },
        rows: { type: 'string', default: ROWS },
        seconds: { type: 'string', default: '10' },
        'dawn-features': { type: 'string' },
        json: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new ConfigError('arguments', process.argv.slice(2), error instanceof Error ? error.message : String(error));
  }
}
