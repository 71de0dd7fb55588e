// The page's start. `?run=MODEL:MODE:BATCH,…` (or a set's name) measures by itself and then writes the report to the console
// as one line of JSON, for programs that drive a browser; `&seconds=` and `&repeats=` say how long. With `&peers=` they
// run side by side with those libraries instead.

import { h, render } from 'preact';
import '../ui/theme.css';
import './bench.css';
import { troubleHere } from '../demo/trouble/advice.ts';
import { App } from './page/app.ts';
import { measureBaselinesByUrl } from './page/by-address.ts';
import { Run } from './page/state.ts';
import { numberParameter } from './page/url-state.ts';
import { type SamplingOptions, FULL_SAMPLING } from './sampling.ts';
import { workloadsNamed } from './workloads.ts';

const root = document.getElementById('page');
if (!root) throw new Error('index.html has no element #page');
const run = new Run();
render(h(App, { run }), root);
await run.start();
await runByAddress(new URLSearchParams(location.search));

async function runByAddress(query: URLSearchParams): Promise<void> {
  const asked = query.get('run');
  if (asked === null || run.trouble.value) return;
  try {
    if (query.has('peers')) {
      await measureBaselinesByUrl(query, run.peers);
      console.log(JSON.stringify(run.report()));
      return;
    }
    const effort: SamplingOptions = {
      ...FULL_SAMPLING,
      repeats: numberParameter(query, 'repeats', FULL_SAMPLING.repeats),
      seconds: numberParameter(query, 'seconds', FULL_SAMPLING.seconds),
    };
    await run.measure(workloadsNamed(asked), effort);
    console.log(JSON.stringify(run.report()));
  } catch (error) {
    run.trouble.value = troubleHere(error);
  }
}
