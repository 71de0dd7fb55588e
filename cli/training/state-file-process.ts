// For tests: a process that claims a state's file and writes it again and again until it is killed.
import process from 'node:process';
import { PRESETS } from '../../src/densenet/presets.ts';
import { writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { RunFiles, StateFile } from './run-files.ts';

const [, , path = ''] = process.argv;
const config = { ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, height: 8, width: 8 };
const { network, run, trainer } = sampleRun(config, 'sgd');
const bytes = writeTrainingState(network, trainer, { run });
await new RunFiles().claimState(path, { resume: path }, { option: '--state', overwrite: false });
const file = new StateFile(path, (text) => process.stdout.write(`${text}\n`));
for (let i = 0; ; i++) {
  file.save(bytes, run.runningMetrics.updates);
  await file.settle();
  if (i === 0) process.stdout.write('saved\n');
}
