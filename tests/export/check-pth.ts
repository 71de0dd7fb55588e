// check_pth.py from a test: one process for all questions of a file, since importing PyTorch takes seconds.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../fixtures/python.ts';

const SCRIPT = fileURLToPath(new URL('check_pth.py', import.meta.url));

export interface PyTorch {
  /** The answer to one question, the script's `[WHAT, ARGUMENTS…]`. @throws where the script fails, with its message */
  ask(...question: readonly string[]): Promise<unknown>;
  end(): void;
}

/** Starts with the first question. */
export function pyTorch(): PyTorch {
  let process: ReturnType<typeof start> | undefined;
  return {
    ask: async (...question) => {
      process ??= start();
      return process.ask(question);
    },
    end: () => process?.child.kill(),
  };
}

function start() {
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return {
    child,
    ask: async (question: readonly string[]): Promise<unknown> => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${question[0]}: PyTorch ended: ${errors}`);
      return JSON.parse(value);
    },
  };
}
