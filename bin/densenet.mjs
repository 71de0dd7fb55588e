#!/usr/bin/env node
// The command line. In a checkout it first rebuilds what changed since the last time; the package brings it built.
import { existsSync } from 'node:fs';
import process from 'node:process';

if (existsSync(new URL('../vite.config.ts', import.meta.url))) {
  const { build } = await import('../scripts/build.mjs');
  const bench = process.argv[2] === 'bench';
  const baselines = bench && process.argv.some((argument) => argument.startsWith('--baselines'));
  // Other libraries run in the page.
  await build(['cli', 'decode-worker', 'hosts', ...(bench ? ['bench-hosts'] : []), ...(baselines ? ['bench'] : [])]);
}
const { main } = await import('../dist/cli.js');
await main();
