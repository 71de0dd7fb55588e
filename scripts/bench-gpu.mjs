// Builds what bench/gpu/main.ts needs, where a source has changed, and runs it with this command's arguments; or packs it, with
// `--pack FOLDER [--software]`, for a machine that has a GPU and nothing else.
import process from 'node:process';
import { build } from './build.mjs';
import { pack } from './pack-bench-gpu.mjs';

const [option, folder, ...more] = process.argv.slice(2);
if (option === '--pack') {
  const isKnown = more.every((name) => name === '--software');
  if (!folder || folder.startsWith('-') || !isKnown) {
    process.stderr.write('bench:gpu: --pack FOLDER [--software]\n');
    process.exit(2);
  }
  try {
    await pack(folder, { software: more.length > 0 });
    process.stdout.write(`${folder}: there, sh run.sh [seconds] [options]\n`);
  } catch (error) {
    process.stderr.write(`bench:gpu: ${error.message}\n`);
    process.exitCode = 1;
  }
} else {
  await build(['gpu', 'gpu-node']);
  await import('../dist/gpu/main.js');
}
