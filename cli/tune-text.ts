// What `tune` prints for people: a line a measured point, its tile against the default.
import { bestOf, type Candidate, type TunedClass, type TunedPoint } from '../src/densenet/tune/tuning.ts';
import type { TuneReport } from '../src/hosts/jobs/tune.ts';
import { duration } from './number-text.ts';
import { table } from './table.ts';

export function tuneAsText({
  source,
  measured,
  classes,
  gpuMilliseconds,
  seconds,
  clock,
  tuning,
}: Omit<TuneReport, 'kept'>): string {
  const rows = tuning.classes.flatMap((found) => found.points.map((point) => rowOf(found, point)));
  const what =
    source === 'measured'
      ? `${measured} of ${classes} shape classes measured by ${clock}: ${Math.round(gpuMilliseconds)} ms of GPU time, ${duration(seconds)} in all`
      : source === 'cache'
        ? `${tuning.classes.length} shape classes were kept for this GPU`
        : 'nothing was kept for this GPU: defaults';
  const struck = tuning.classes.flatMap(({ kernel, points }) =>
    points.flatMap(({ candidates }) =>
      candidates.flatMap(({ tiling, problem }) => (problem ? [`struck out: ${kernel} ${tiling}: ${problem}`] : [])),
    ),
  );
  const heads = ['kernel', 'map', 'pixels', 'inputs', 'outputs', 'tile', 'ms', 'default ms', 'tried'];
  return [what, ...(rows.length > 0 ? [table(heads, rows)] : []), ...new Set(struck)].join('\n');
}

function rowOf({ kernel, map, bucket, outputs }: TunedClass, { inputs, candidates }: TunedPoint): string[] {
  const choice = bestOf(candidates);
  const chosen = candidates.find(({ tiling, splits }) => tiling === choice?.tiling && splits === choice.splits);
  return [
    ...[kernel, map || '-', `~2^${bucket}`, `${inputs}`, `${outputs}`],
    ...[chosen ? tileName(chosen) : '-', time(chosen), time(candidates[0]), `${candidates.length}`],
  ];
}

export const tileName = ({ tiling, splits }: Pick<Candidate, 'tiling' | 'splits'>): string =>
  splits === 1 ? tiling : `${tiling}, ${splits} x splits`;

const time = (candidate: Candidate | undefined): string => candidate?.milliseconds?.toPrecision(3) ?? '-';
