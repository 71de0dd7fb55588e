// A layer's passes on the GPU: operations and bytes by the plan, time by the GPU's own clock where it has one.

import { h } from 'preact';
import { format, text } from '../text/text.ts';
import type { LayerInside, PassTimes } from '../worker/inside.ts';

interface Props {
  readonly layer: LayerInside;
  readonly times: PassTimes | undefined;
}

export function PassTable({ layer, times }: Props) {
  const strings = text().inside.inside;
  const { count, bytes } = format();
  const { passes } = layer;
  const timed = times?.kind === 'timed' ? times.nanoseconds : undefined;
  const time = (nanoseconds: number | undefined) =>
    nanoseconds === undefined || Number.isNaN(nanoseconds) ? '–' : microseconds(nanoseconds);
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const row = (name: string, flops: number, moved: number, at: string) =>
    h('tr', { key: name }, [
      h('th', { scope: 'row' }, name),
      h('td', null, count(flops)),
      h('td', null, bytes(moved)),
      h('td', null, times ? at : strings.timing),
    ]);
  return h('div', null, [
    h('p', null, strings.workLead),
    h('div', { class: 'table-scroll', tabIndex: 0, role: 'region', 'aria-label': strings.work }, [
      h('table', null, [
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            [strings.pass, strings.flops, strings.bytes, strings.time].map((name) =>
              h('th', { key: name, scope: 'col' }, name),
            ),
          ),
        ),
        h('tbody', null, [
          ...passes.map((pass, i) => row(passName(pass.kernel), pass.flops, pass.bytes, time(timed?.[i]))),
          passes.length > 1 &&
            row(
              strings.all,
              total(passes.map((p) => p.flops)),
              total(passes.map((p) => p.bytes)),
              time(timed && total(timed)),
            ),
        ]),
      ]),
    ]),
    times?.kind === 'none' &&
      h(
        'p',
        { class: 'hint' },
        times.why === 'no timestamps' ? strings.noTimestamps : strings.badTimestamps(times.detail),
      ),
  ]);
}

function passName(kernel: string): string {
  const { kernels } = text().inside.inside;
  return Object.hasOwn(kernels, kernel) ? kernels[kernel as keyof typeof kernels] : kernel;
}

/** GPU passes take microseconds more often than milliseconds. */
function microseconds(nanoseconds: number): string {
  const { decimal, duration } = format();
  return nanoseconds < 1e6
    ? `${decimal(nanoseconds / 1000, nanoseconds < 1e5 ? 1 : 0)} µs`
    : duration(nanoseconds / 1e6);
}
