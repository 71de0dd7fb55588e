// Builds what bench/gpu/main.ts needs, where a source has changed, and runs it with this command's arguments.
import { build } from './build.mjs';

await build(['gpu', 'gpu-node']);
await import('../dist/gpu/main.js');
