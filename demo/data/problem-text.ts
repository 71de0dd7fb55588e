// Why the visitor's classes are not fit to be learned yet, and what would make them so.

import { text } from '../text/text.ts';
import type { SetProblem } from './own-classes.ts';

export function problemText(problem: SetProblem): string {
  const words = text().data.problem;
  switch (problem.kind) {
    case 'few-classes':
      return problem.count === 0 ? words.noClass : words.oneClass;
    case 'empty-class':
      return words.emptyClass(problem.name);
    case 'one-image':
      return words.oneImage(problem.name);
    case 'no-training':
      return words.noTraining(problem.name);
    case 'no-held-out':
      return words.noValidation;
    case 'same-name':
      return words.sameName(problem.name);
    case 'no-name':
      return words.noName;
  }
}
