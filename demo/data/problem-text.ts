// Why the visitor's classes are not fit to be learned yet, and what would make them so.

import { text } from '../text/text.ts';
import type { SetProblem } from './own-classes.ts';

export function problemText(problem: SetProblem): string {
  const strings = text().data.problem;
  switch (problem.kind) {
    case 'few-classes':
      return problem.count === 0 ? strings.noClass : strings.oneClass;
    case 'empty-class':
      return strings.emptyClass(problem.name);
    case 'one-image':
      return strings.oneImage(problem.name);
    case 'no-training':
      return strings.noTraining(problem.name);
    case 'no-validation':
      return strings.noValidation;
    case 'same-name':
      return strings.sameName(problem.name);
    case 'no-name':
      return strings.noName;
  }
}
