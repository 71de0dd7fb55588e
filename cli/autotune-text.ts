// What `autotune` prints for people: a line per measured point, its tile against the default.
import {
  type AutotunedClass,
  type AutotunedPoint,
  bestOf,
  type MeasuredCandidate,
} from '../src/densenet/autotune/cache.ts';
import type { AutotuneReport } from '../src/jobs/autotune.ts';
import { duration } from '../ui/number-text.ts';
import { table } from '../ui/text-table.ts';

export function autotuneAsText({
  source,
  measured,
  classes,
  gpuMilliseconds,
  seconds,
  clock,
  autotuneRecord,
}: Omit<AutotuneReport, 'kept'>): string {
  const rows = autotuneRecord.classes.flatMap((found) => found.points.map((point) => rowOf(found, point)));
  const what =
    source === 'measured'
      ? `${measured} of ${classes} shape classes measured by ${clock}: ${Math.round(gpuMilliseconds)} ms of GPU time, ${duration(seconds)} in all`
      : source === 'cache'
        ? `${autotuneRecord.classes.length} shape classes are cached for this GPU`
        : 'nothing is cached for this GPU: defaults';
  const rejected = autotuneRecord.classes.flatMap(({ kernel, points }) =>
    points.flatMap(({ candidates }) =>
      candidates.flatMap(({ tile, problem }) => (problem ? [`rejected: ${kernel} ${tile}: ${problem}`] : [])),
    ),
  );
  const heads = ['kernel', 'map', 'pixels', 'inputs', 'outputs', 'tile', 'ms', 'default ms', 'tried'];
  return [what, ...(rows.length > 0 ? [table(heads, rows)] : []), ...new Set(rejected)].join('\n');
}

function rowOf({ kernel, map, bucket, outputs }: AutotunedClass, { inputs, candidates }: AutotunedPoint): string[] {
  const choice = bestOf(candidates);
  const chosen = candidates.find(({ tile, splitK }) => tile === choice?.tile && splitK === choice.splitK);
  return [
    ...[kernel, map || '-', `~2^${bucket}`, `${inputs}`, `${outputs}`],
    ...[chosen ? tileName(chosen) : '-', time(chosen), time(candidates[0]), `${candidates.length}`],
  ];
}

export const tileName = ({ tile, splitK }: Pick<MeasuredCandidate, 'tile' | 'splitK'>): string =>
  splitK === 1 ? tile : `${tile}, ${splitK} x splits`;

const time = (candidate: MeasuredCandidate | undefined): string => candidate?.milliseconds?.toPrecision(3) ?? '-';
