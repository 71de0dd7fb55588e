// A host that died, fell silent or never answered: which one, what happened, and its last words.
import { DenseNetError } from '../../src/runtime/errors.ts';

export class HostError extends DenseNetError {
  override readonly name = 'HostError';

  constructor(
    readonly host: string,
    problem: string,
    readonly stderrTail: string,
  ) {
    const quote = stderrTail.trim();
    super('device-lost', `host ${host} ${problem}${quote ? `; its last words:\n${quote}` : '; it said nothing'}`);
  }
}
