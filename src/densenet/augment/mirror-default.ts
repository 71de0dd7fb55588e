// Whether a mirror image of a class is still of that class, as far as the classes' names tell.

/** A digit, a letter of any script, or a number; perhaps named so: 'digit 3', 'letter_b'. */
const SYMBOL = /^(?:(?:digit|letter|number|class|character)[\s_-]*)?(?:\p{L}\p{M}*|\d+)$/iu;

/** Signs that say where something is or goes, and those with writing on them. */
const SIGN =
  /\b(?:speed limit|no (?:entry|passing|overtaking|parking|stopping)|stop sign|traffic sign|road sign|yield|give way|priority road|right[- ]of[- ]way|roundabout|(?:turn|keep|curve|ahead|only)\b.*\b(?:left|right)|(?:left|right)\b.*\b(?:turn|curve|ahead|only))\b/i;

const SIDES: Readonly<Record<string, string>> = { left: 'right', right: 'left' };
const mirrored = (name: string): string => name.replace(/left|right/g, (side) => SIDES[side] ?? side);

/**
 * What `mirror` is where nobody has said: off for digits, letters and numbers, for traffic signs, and where a class is another's
 * mirror image ('left hand', 'right hand').
 * @param classNames by label; undefined: the data names none
 */
export function mirrorDefault(classNames: readonly string[] | undefined): boolean {
  if (!classNames || classNames.length === 0) return true;
  const names = classNames.map((name) => name.trim().toLowerCase().replaceAll('_', ' '));
  if (names.every((name) => SYMBOL.test(name))) return false;
  if (names.some((name) => mirrored(name) !== name && names.includes(mirrored(name)))) return false;
  return names.filter((name) => SIGN.test(name)).length < 2;
}
