// Evaluates the whole-number constant expressions of WGSL that loop bounds and `const`s are made of. Unsigned: a `/`
// rounds down, and a name that is not known makes the whole expression unknown (undefined), not an error.

const TOKEN = /\s*(?:(\d+)u?|(\w+)|([-+*/%()]))/y;

/** The value, or undefined where it is not a whole-number constant (a float, a vector, a run-time name). */
export function evaluateConstant(expression: string, constants: ReadonlyMap<string, number>): number | undefined {
  const tokens: (number | string)[] = [];
  TOKEN.lastIndex = 0;
  const text = expression.trim();
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (!found) return undefined;
    const [, digits, name, sign] = found;
    if (digits !== undefined) tokens.push(Number(digits));
    else if (sign !== undefined) tokens.push(sign);
    else {
      const value = constants.get(name ?? '');
      if (value === undefined) return undefined;
      tokens.push(value);
    }
  }
  const parser = { tokens, at: 0 };
  const value = sum(parser);
  return parser.at === tokens.length ? value : undefined;
}

interface Parser {
  readonly tokens: readonly (number | string)[];
  at: number;
}

function sum(parser: Parser): number | undefined {
  let left = product(parser);
  for (let op = parser.tokens[parser.at]; op === '+' || op === '-'; op = parser.tokens[parser.at]) {
    parser.at++;
    const right = product(parser);
    if (left === undefined || right === undefined) return undefined;
    left = op === '+' ? left + right : left - right;
  }
  return left;
}

function product(parser: Parser): number | undefined {
  let left = factor(parser);
  for (let op = parser.tokens[parser.at]; op === '*' || op === '/' || op === '%'; op = parser.tokens[parser.at]) {
    parser.at++;
    const right = factor(parser);
    if (left === undefined || right === undefined) return undefined;
    if (op !== '*' && right === 0) return undefined;
    left = op === '*' ? left * right : op === '/' ? Math.floor(left / right) : left % right;
  }
  return left;
}

function factor(parser: Parser): number | undefined {
  const token = parser.tokens[parser.at++];
  if (typeof token === 'number') return token;
  if (token !== '(') return undefined;
  const value = sum(parser);
  return parser.tokens[parser.at++] === ')' ? value : undefined;
}
