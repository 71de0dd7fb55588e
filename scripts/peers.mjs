// Other libraries beside this one, from a terminal: `node scripts/peers.mjs [--peers tfjs,onnx,jax] [--run
// MODEL:MODE:BATCH,…] [--repeats N] [--seconds N] [--patience N] [--browser EXECUTABLE] [--json FILE]`. Builds the bench
// page and drives it in a browser: the one named, on its GPU, or the one that npm brings, on SwiftShader.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { build } from './build.mjs';

const NUMBERS = ['repeats', 'seconds', 'patience'];
const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: 'tfjs,onnx,jax' },
    run: { type: 'string', default: 'tiny:inference:1,tiny:training:8' },
    browser: { type: 'string' },
    json: { type: 'string' },
    ...Object.fromEntries(NUMBERS.map((name) => [name, { type: 'string' }])),
  },
});

const root = new URL('../', import.meta.url);
/** A module of the command line, from its source. */
const load = async (path) => {
  const config = { configFile: false, logLevel: 'warn', root: fileURLToPath(root) };
  return (await runnerImport(fileURLToPath(new URL(path, root)), config)).module;
};
const { drivePeers } = await load('cli/peers/peers-driver.ts');
const { peersTables } = await load('cli/peers/peers-table.ts');
const { bundledChromiumOptions, chromiumOptions } = await load('cli/host/chromium-host.ts');
const { softwareGpu } = await load('cli/host/software-gpu.ts');

await build(['bench'], { always: true });
const browser = values.browser
  ? chromiumOptions('hardware', { executablePath: values.browser })
  : bundledChromiumOptions('software', await softwareGpu());
const numbers = NUMBERS.flatMap((name) => (values[name] === undefined ? [] : [[name, Number(values[name])]]));
const report = await drivePeers({
  ...{ peers: values.peers, run: values.run, browser, folder: fileURLToPath(new URL('dist/bench', root)) },
  ...Object.fromEntries(numbers),
  onProgress: (words) => process.stderr.write(`${words}\n`),
});
process.stdout.write(`${peersTables(report.peers ?? [])}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
