// A layer's passes on the GPU: operations and bytes by the plan, time by the GPU's own clock where it has one.

import { HeadRow } from '../../ui/head-row.tsx';
import { ScrollRegion } from '../../ui/scroll-region.tsx';
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
  const row = (name: string, flops: number, moved: number, at: string) => (
    <tr key={name}>
      <th scope="row">{name}</th>
      <td>{count(flops)}</td>
      <td>{bytes(moved)}</td>
      <td>{times ? at : strings.timing}</td>
    </tr>
  );
  return (
    <div>
      <p>{strings.workLead}</p>
      <ScrollRegion class="table-scroll" label={strings.work}>
        <table>
          <HeadRow names={[strings.pass, strings.flops, strings.bytes, strings.time]} />
          <tbody>
            {passes.map((pass, i) => row(passName(pass.kernel), pass.flops, pass.bytes, time(timed?.[i])))}
            {passes.length > 1 &&
              row(
                strings.all,
                total(passes.map((p) => p.flops)),
                total(passes.map((p) => p.bytes)),
                time(timed && total(timed)),
              )}
          </tbody>
        </table>
      </ScrollRegion>
      {times?.kind === 'none' && (
        <p class="hint">{times.why === 'no timestamps' ? strings.noTimestamps : strings.badTimestamps(times.detail)}</p>
      )}
    </div>
  );
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
