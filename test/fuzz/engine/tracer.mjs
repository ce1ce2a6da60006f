// What instrumented code talks to: counters of branches, and how far comparisons of texts got.

/** More words than these are not kept from one input. */
const MOST_WORDS = 64
const LONGEST_WORD = 64
const LONGEST_PREFIX = 31

/** Puts the tracer where instrumented code finds it. */
export function installTracer(edgeCount) {
  const edges = new Uint8Array(edgeCount)
  /** Of each comparison, the longest beginning that its two texts had in common; plus one. */
  const prefixes = new Uint8Array(edgeCount)
  const words = new Set()

  function noteTexts(edge, one, other) {
    if (words.size < MOST_WORDS)
      for (const word of [one, other]) if (word !== '' && word.length <= LONGEST_WORD) words.add(word)
    let length = 0
    const most = Math.min(one.length, other.length, LONGEST_PREFIX)
    while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1
    if (prefixes[edge] <= length) prefixes[edge] = length + 1
  }

  const tracer = {
    edges,
    same(edge, operator, one, other) {
      if (typeof one === 'string' && typeof other === 'string') noteTexts(edge, one, other)
      if (operator === '===') return one === other
      if (operator === '!==') return one !== other
      return operator === '==' ? one == other : one != other
    },
    ask(edge, asked, name, ...given) {
      const [first] = given
      if (typeof first === 'string') {
        if (typeof asked === 'string') noteTexts(edge, asked, first)
        else if (Array.isArray(asked) || asked instanceof Set) {
          let left = 20
          for (const each of asked) if (typeof each === 'string' && (left -= 1) >= 0) noteTexts(edge, each, first)
        }
      }
      return asked[name](...given)
    },
  }
  globalThis.__fuzz = tracer
  return {
    edges,
    prefixes,
    words,
    reset() {
      edges.fill(0)
      prefixes.fill(0)
      words.clear()
    },
  }
}

/** 1, 2, 3, 4 to 7, 8 to 15 …: a loop that ran 90 times instead of 80 is nothing new. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count < 4) return count
  return Math.min(8, 2 + Math.floor(Math.log2(count)))
})

/** What an input has reached: branches by how often, and comparisons by how far. */
export function featuresOf({ edges, prefixes }) {
  const features = []
  for (let edge = 0; edge < edges.length; edge += 1) {
    if (edges[edge] !== 0) features.push(edge * 64 + BUCKETS[edges[edge]])
    if (prefixes[edge] !== 0) features.push(edge * 64 + 16 + prefixes[edge])
  }
  return features
}

export function isEdge(feature) {
  return feature % 64 < 16
}

export function edgeOf(feature) {
  return Math.floor(feature / 64)
}
