import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { UNDO_SECONDS, Undo } from './undo.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('deletes for good after some seconds, or brings back, and never both', () => {
  const undo = new Undo();
  const [one, two] = [0, 1].map((i) => ({ name: `${i}`, undo: vi.fn(), commit: vi.fn() }));
  if (!one || !two) throw new Error('two were made');
  undo.offer(one);
  undo.offer(two);
  undo.undo(one);
  expect(undo.offers.value).toEqual([two]);
  vi.advanceTimersByTime(UNDO_SECONDS * 1000);
  expect([one.undo, one.commit, two.undo, two.commit].map((call) => call.mock.calls.length)).toEqual([1, 0, 0, 1]);
  undo.undo(two);
  expect(two.undo).not.toHaveBeenCalled();
});
