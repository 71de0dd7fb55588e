// How a benchmark shows itself: on a terminal a bar over all workloads with what is under way beside it, elsewhere a line a
// phase. All of it goes to standard error.

import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import { type Progress, workloadName } from '../bench/terminal.ts';
import { percent } from '../ui/number-text.ts';

export interface BenchProgress {
  show(progress: Progress): void;
  /** A line that stays. */
  line(text: string): void;
  end(): void;
}

export function benchProgress(options: { terminal: boolean; note: (text: string) => void }): BenchProgress {
  return options.terminal ? bar(options.note) : lines(options.note);
}

function words({ workload, phase, repeats, width }: Progress): string {
  const known = width === null ? '' : `, interval ${percent(width)}`;
  return `${workloadName(workload)}: ${phase}${repeats > 0 ? ` ${repeats}${known}` : ''}`;
}

function lines(note: (text: string) => void): BenchProgress {
  let last = '';
  return {
    show: (progress) => {
      const { index, count } = progress;
      const text = `${index + 1}/${count} ${words({ ...progress, repeats: 0 })}`;
      if (text !== last) note(text);
      last = text;
    },
    line: note,
    end: () => undefined,
  };
}

function bar(note: (text: string) => void): BenchProgress {
  let shown: SingleBar | undefined;
  const end = () => {
    shown?.stop();
    shown = undefined;
  };
  return {
    show: (progress) => {
      const { index, count } = progress;
      if (!shown) {
        const look = { format: '{bar} {value}/{total}  {words}', barsize: 20, clearOnComplete: true, hideCursor: true };
        shown = new SingleBar({ ...look, gracefulExit: false, stream: process.stderr }, Presets.shades_classic);
        shown.start(count, index, { words: '' });
      }
      shown.update(index, { words: words(progress) });
    },
    line: (text) => {
      end();
      note(text);
    },
    end,
  };
}
