// The schedules that the Train form offers: all but those that need options which it does not have.

import { SCHEDULE_NAMES, type ScheduleName } from '../../src/densenet/train/schedules.ts';

const NOT_OFFERED = [
  'cosine-restarts',
  'one-cycle',
  'polynomial',
  'plateau',
] as const satisfies readonly ScheduleName[];
export type OfferedSchedule = Exclude<ScheduleName, (typeof NOT_OFFERED)[number]>;

const isOffered = (name: ScheduleName): name is OfferedSchedule => !NOT_OFFERED.some((other) => other === name);
export const OFFERED_SCHEDULES: readonly OfferedSchedule[] = SCHEDULE_NAMES.filter(isOffered);
