// Passes for a terminal: where the time goes, by kernel and by pass, most lost time first.

import { percent, thousands, withPrefix } from '../../../ui/number-text.ts';
import { table } from '../../../ui/text-table.ts';
import { clockText } from '../roofline/text.ts';
import { byLostTime, isTimed, type PassesSection, planWords, type RooflineTime } from './schema.ts';

/** @param most passes that are listed, those that lose most */
export function passesAsText(section: PassesSection, most = 20): string {
  const { model, roofline, step, total, kernels, passes } = section;
  const timed = passes.filter(isTimed);
  const missing = passes.length - timed.length;
  const problem = passes.flatMap(({ time }) => ('problem' in time ? [time.problem] : []))[0];
  const facts = [
    `${model}, ${planWords(section)}: ${milliseconds(step.milliseconds)} a step on the GPU`,
    `${timed.length} passes take ${milliseconds(total.milliseconds)}, ${percent(total.share)} of peak, timed ${methodText(section)}`,
    `roofline: ${withPrefix(roofline.flopsPerSecond, 'FLOP/s')}, ${withPrefix(roofline.bytesPerSecond, 'B/s')}`,
    ...(missing > 0 ? [`${missing} passes have no time: ${problem}`] : []),
  ];
  const byKernel = kernels.map((k) => [...cells(k), `${k.passes}`, withPrefix(k.flops), withPrefix(k.bytes), k.kernel]);
  const byPass = timed
    .toSorted((a, b) => byLostTime(a.time, b.time))
    .slice(0, most)
    .map((row) => [
      ...cells(row.time),
      `${row.pass}`,
      withPrefix(row.flops),
      withPrefix(row.bytes),
      row.time.bound,
      row.label,
    ]);
  return [
    facts.join('\n'),
    table([...HEADS, 'passes', 'FLOP', 'B', 'kernel'], byKernel),
    table([...HEADS, 'pass', 'FLOP', 'B', 'bound by', 'label'], byPass),
  ].join('\n\n');
}

const HEADS = ['lost ms', 'ms', 'roofline ms', 'of peak'];

const cells = ({ lostMilliseconds, milliseconds, rooflineMilliseconds, share }: RooflineTime): string[] => [
  lostMilliseconds.toFixed(3),
  milliseconds.toFixed(3),
  rooflineMilliseconds.toFixed(3),
  percent(share),
];

const milliseconds = (ms: number): string => `${ms < 100 ? ms.toPrecision(3) : thousands(ms)} ms`;

function methodText({ method, clock }: PassesSection): string {
  const how = method === 'in step' ? 'in whole steps' : 'each by itself, repeated';
  return `${how}, by ${clockText(clock)}`;
}
