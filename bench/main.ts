// The page's start. `?run=MODEL:MODE:BATCH,…` measures by itself and then writes the report to the console as one line of
// JSON, for programs that drive a browser; `&seconds=` and `&repeats=` say how long. With `&peers=` the workloads run
// side by side with those libraries instead.

import { h, render } from 'preact';
import '../demo/theme.css';
import './bench.css';
import { troubleHere } from '../demo/trouble/advice.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import { App } from './app.ts';
import { type Effort, FULL_EFFORT } from './measure.ts';
import { runPeersByAddress } from './peers/by-address.ts';
import { PeersRun } from './peers/peers-run.ts';
import { Run } from './run.ts';
import { parseWorkloads } from './workload.ts';

const root = document.getElementById('page');
if (!root) throw new Error('index.html has no element #page');
const run = new Run();
const peersRun = new PeersRun();
render(h(App, { run, peersRun }), root);
await run.start();
await runByAddress(new URLSearchParams(location.search));

async function runByAddress(query: URLSearchParams): Promise<void> {
  const asked = query.get('run');
  if (asked === null || run.trouble.value) return;
  try {
    if (query.has('peers')) return await runPeersByAddress(query, peersRun);
    const effort: Effort = {
      repeats: number(query, 'repeats', FULL_EFFORT.repeats),
      seconds: number(query, 'seconds', FULL_EFFORT.seconds),
    };
    await run.measure(parseWorkloads(asked), effort);
    console.log(JSON.stringify(run.report(effort)));
  } catch (error) {
    run.trouble.value = troubleHere(error);
  }
}

function number(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new ConfigError(name, text, 'must be a number above 0');
  return value;
}
