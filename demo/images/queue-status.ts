// How far the images are, and what can be done about it: cancel, go on, forget them.

import { h } from 'preact';
import type { UsedNetwork } from '../classify/stage.ts';
import { format, text } from '../text/text.ts';
import { type ImageQueue, isSameNetwork } from './queue.ts';

export function QueueStatus({ queue, current }: { queue: ImageQueue; current: UsedNetwork | undefined }) {
  const strings = text().images.table;
  const { count } = format();
  const rows = queue.rows.value;
  const state = queue.state.value;
  const { ignored, missed } = queue.leftOut.value;
  const done = rows.filter(({ outcome }) => outcome).length;
  const refused = rows.filter(({ outcome }) => outcome?.kind === 'refused').length;
  const active = state === 'running' || state === 'stopping';
  const otherNetwork = !active && current !== undefined && !isSameNetwork(current, queue.network.value);
  const sentence = {
    idle: '',
    running: strings.state.running(count(done), count(rows.length)),
    stopping: strings.state.stopping,
    stopped: strings.state.stopped(count(done), count(rows.length)),
    done: strings.state.done(count(rows.length)),
  }[state];
  return h('div', null, [
    h('p', { class: 'status', role: 'status' }, [
      sentence,
      refused > 0 && ` ${strings.refused(count(refused))}`,
      ignored > 0 && ` ${strings.ignored(count(ignored))}`,
      missed > 0 && ` ${strings.missed(count(missed))}`,
    ]),
    otherNetwork && h('p', { class: 'hint' }, strings.otherNetwork),
    active && h('progress', { 'aria-label': strings.progress, max: rows.length, value: done }),
    h('div', { class: 'row' }, [
      active &&
        h(
          'button',
          { type: 'button', class: 'stop', disabled: state === 'stopping', onClick: () => queue.cancel() },
          strings.cancel,
        ),
      state === 'stopped' &&
        !otherNetwork &&
        h('button', { type: 'button', onClick: () => queue.resume() }, strings.resume),
      otherNetwork && h('button', { type: 'button', onClick: () => queue.resume() }, strings.again),
      h('button', { type: 'button', onClick: () => queue.clear() }, strings.clear),
    ]),
  ]);
}
