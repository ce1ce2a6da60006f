// How one input is made from another.

const ODD = [
  ...['', '0', '-1', '1e999', '9007199254740993', 'null', 'true', '[]', '{}', '""', '"__proto__"', 'constructor'],
  ...['%2f', '%5c', '%00', '%c0%af', '%252e', '//', '/\\', '..', '\t', '\n', '\r', '\0', '\x7f', '\x85', '\xa0'],
  ...[
    '\xe2\x80\xae',
    '\xe2\x80\x8b',
    '\xef\xbb\xbf',
    '\xed\xa0\x80',
    '\xff',
    '&',
    '=',
    ';',
    '[',
    ']',
    '#',
    '?',
    ',',
    '"',
  ],
]

/** Numbers from a seed: mulberry32. */
export function seededRandom(seed) {
  let state = seed >>> 0
  return function below(most) {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most
  }
}

function splice(bytes, start, removed, put) {
  return Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + removed)])
}

const OPERATIONS = [
  function flipBit(bytes, { below }) {
    const copy = Buffer.from(bytes)
    if (copy.length > 0) copy[below(copy.length)] ^= 1 << below(8)
    return copy
  },
  function setByte(bytes, { below }) {
    const copy = Buffer.from(bytes)
    if (copy.length > 0) copy[below(copy.length)] = below(256)
    return copy
  },
  function setLetter(bytes, { below }) {
    const copy = Buffer.from(bytes)
    if (copy.length > 0) copy[below(copy.length)] = 0x20 + below(95)
    return copy
  },
  function remove(bytes, { below }) {
    if (bytes.length === 0) return bytes
    const start = below(bytes.length)
    return splice(bytes, start, 1 + below(Math.min(16, bytes.length - start)), Buffer.alloc(0))
  },
  function insertByte(bytes, { below }) {
    return splice(bytes, below(bytes.length + 1), 0, Buffer.of(below(256)))
  },
  function repeat(bytes, { below }) {
    if (bytes.length === 0) return bytes
    const start = below(bytes.length)
    const piece = bytes.subarray(start, start + 1 + below(Math.min(64, bytes.length - start)))
    return splice(bytes, below(bytes.length + 1), 0, piece)
  },
  function insertOdd(bytes, { below }) {
    return splice(bytes, below(bytes.length + 1), below(3), Buffer.from(ODD[below(ODD.length)], 'latin1'))
  },
  insertWord,
  insertWord,
  replaceToken,
  replaceToken,
  function changeNumber(bytes, { below }) {
    const text = bytes.toString('latin1')
    const numbers = [...text.matchAll(/\d+/g)]
    if (numbers.length === 0) return bytes
    const { 0: digits, index } = numbers[below(numbers.length)]
    const changed = [Number(digits) + 1, Number(digits) - 1, 0, -1, 1e21, 2 ** 53, 0.5][below(7)]
    return splice(bytes, index, digits.length, Buffer.from(String(changed)))
  },
  function cross(bytes, { below, other }) {
    const from = below(other.length + 1)
    return Buffer.concat([bytes.subarray(0, below(bytes.length + 1)), other.subarray(from)])
  },
  changeMember,
  changeMember,
]

function insertWord(bytes, { below, words }) {
  if (words.length === 0) return bytes
  return splice(bytes, below(bytes.length + 1), 0, words[below(words.length)])
}

/** Puts a word that the code knows in the place of one that the input has. */
function replaceToken(bytes, { below, words }) {
  const tokens = [...bytes.toString('latin1').matchAll(/[\w.:/+-]+/g)]
  if (words.length === 0 || tokens.length === 0) return bytes
  const { 0: token, index } = tokens[below(tokens.length)]
  return splice(bytes, index, token.length, words[below(words.length)])
}

/** Of JSON: takes a member away, doubles one, or puts another value there. */
function changeMember(bytes, { below, words, other }) {
  const value = parsed(bytes)
  if (typeof value !== 'object' || value === null) return bytes
  const holders = [value]
  for (const holder of holders) {
    for (const each of Object.values(holder)) {
      if (typeof each === 'object' && each !== null && holders.length < 200) holders.push(each)
    }
  }
  const holder = holders[below(holders.length)]
  const names = Object.keys(holder)
  const name = names.length === 0 ? '0' : names[below(names.length)]
  const word = () => (words.length === 0 ? '' : words[below(words.length)].toString('latin1'))
  const values = [
    null,
    true,
    0,
    -1,
    1.5,
    1e300,
    '',
    [],
    {},
    [holder[name]],
    { [name]: holder[name] },
    word(),
    parsed(other),
  ]
  const kind = below(4)
  if (kind === 0) delete holder[name]
  else if (kind === 1 && Array.isArray(holder)) holder.push(holder[name])
  else if (kind === 1) holder[word()] = holder[name]
  else holder[name] = values[below(values.length)]
  try {
    return Buffer.from(JSON.stringify(Array.isArray(value) ? value.filter((each) => each !== undefined) : value))
  } catch {
    // A member was put into itself.
    return bytes
  }
}

function parsed(bytes) {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/** One to six changes, one after the other. */
export function mutate(bytes, choices, maxBytes) {
  let changed = bytes
  for (let left = 1 + choices.below(6); left > 0; left -= 1) {
    changed = OPERATIONS[choices.below(OPERATIONS.length)](changed, choices)
  }
  return changed.length > maxBytes ? changed.subarray(0, maxBytes) : changed
}
