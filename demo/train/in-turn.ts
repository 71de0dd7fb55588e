// Work of the page's own that is asked for at once, done one after another: each in a task of its own, so that several
// charts that appear together do not make one long task.

import { breathe } from './breathe.ts';

let last: Promise<void> = Promise.resolve();

/** Does `work` after all that was asked for before it. @returns takes it back, where it was not done yet */
export function inTurn(work: () => void): () => void {
  let wanted = true;
  last = last.then(breathe);
  last.then(() => {
    if (wanted) work();
  });
  return () => {
    wanted = false;
  };
}
