/** What a claim may be in place of what it should be: the ways in which values are spoiled, one change a name. */

type Claims = Record<string, unknown>
export type Change = (honest: unknown) => unknown

/** Nothing, in place of a value. */
export const ABSENT = Symbol('absent')

export const CHANGES: Readonly<Record<string, Change>> = {
  unchanged: (honest) => honest,
  absent: () => ABSENT,
  null: () => null,
  zero: () => 0,
  seven: () => 7,
  negative: () => -1,
  fraction: () => 1.5,
  'huge number': () => 1e300,
  true: () => true,
  false: () => false,
  'other text': () => 'x',
  'empty text': () => '',
  'blank text': () => '  ',
  'empty list': () => [],
  'empty object': () => ({}),
  'array-wrapped': (honest) => [honest],
  'twice in a list': (honest) => [honest, honest],
  'a thousand and one': (honest) => Array.from({ length: 1001 }, () => honest),
  'object-wrapped': (honest) => ({ value: honest }),
  'as text': (honest) => (typeof honest === 'string' ? ` ${honest} ` : JSON.stringify(honest)),
  'as a number': (honest) => (typeof honest === 'string' ? Number(honest) : 3),
  'one character more': (honest) => (typeof honest === 'string' ? `${honest}1` : 4),
  'other case': (honest) => (typeof honest === 'string' ? swapCase(honest) : honest),
  'look-alikes': (honest) => lookAlike(typeof honest === 'string' ? honest : JSON.stringify(honest)),
  'control characters': (honest) => `${String(honest)}\u0000\r\n`,
  'a lone surrogate': (honest) => `${String(honest)}\ud800`,
  'two thousand characters': () => 'h'.repeat(2000),
  'a hundred thousand characters': () => 'h'.repeat(100_000),
  'a name of every object': () => '__proto__',
}

function swapCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()
}

/** Full-width forms, which look the same and are other characters. */
function lookAlike(text: string): string {
  return text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
}

/** Claims with one of them changed; `honest` in place of one that is not there. */
export function changed(object: Claims, name: string, change: Change, honest: unknown = object[name]): Claims {
  const value = change(honest)
  const rest = Object.fromEntries(Object.entries(object).filter(([other]) => other !== name))
  return value === ABSENT ? rest : { ...rest, [name]: value }
}
