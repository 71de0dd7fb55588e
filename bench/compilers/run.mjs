// `node bench/compilers/run.mjs check|hazards|describe MODEL [--batch N] [--mode M] [--precision P] [--vendor V] …`: README.md
// beside this says what each does. The tools are TypeScript, which vite reads.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [tool, ...args] = process.argv.slice(2);
const files = { check: './check.ts', hazards: '../model/hazards.ts', describe: '../model/describe.ts' };
if (!Object.hasOwn(files, tool ?? '')) {
  process.stderr.write(`the first argument must be one of ${Object.keys(files).join(', ')}\n`);
  process.exit(2);
}
const { module } = await runnerImport(fileURLToPath(new URL(files[tool], import.meta.url)), { configFile: false });
process.stdout.write(`${await module.main(args)}\n`);
process.exit();
