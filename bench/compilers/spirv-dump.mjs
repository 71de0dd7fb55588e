// A child process of spirv.ts: makes a pipeline of each WGSL file on software WebGPU, so that Dawn prints its SPIR-V. The
// environment must name the software driver from the start.
import { readFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';
import { create, globals } from 'webgpu';

const [toggles, ...files] = process.argv.slice(2);
const gpu = create([`enable-dawn-features=${toggles}`]);
// Kept to the end: Dawn crashes when its instance is collected before its devices.
Object.assign(globalThis, globals, { gpu });
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error('no WebGPU adapter');
const device = await adapter.requestDevice();
for (const file of files) {
  writeSync(1, `\ninfo:\n@@ ${file}\n`);
  try {
    const module = device.createShaderModule({ code: readFileSync(file, 'utf8') });
    await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  } catch (error) {
    process.stderr.write(`${basename(file)}: ${String(error.message ?? error).split('\n')[0]}\n`);
  }
}
process.exit(0);
