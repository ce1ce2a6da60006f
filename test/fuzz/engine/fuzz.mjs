// The loop: an input of the corpus is changed and tried; if it reached something new, it joins the corpus.
import { performance } from 'node:perf_hooks'

import { edgeOf, featuresOf, isEdge } from './tracer.mjs'
import { mutate } from './mutations.mjs'

const MOST_KEPT = 300
const MOST_WORDS = 2_000
const MOST_CRASHES = 20
/** From here on it is looked at again whether it was the input that took so long. */
const NOTICED_MILLISECONDS = 10
const DEFAULT_MAX_BYTES = 4_096

/**
 * Runs a target for some time.
 *
 * `onInput` is told of each input before it is tried, for whoever watches that none takes too long.
 */
export async function fuzz(target, { tracer, corpus, below, milliseconds, slowMilliseconds, onInput, onProgress }) {
  const maxBytes = target.maxBytes ?? DEFAULT_MAX_BYTES
  const seen = new Set()
  /** Per feature, the entry that is the shortest to have it. */
  const shortest = new Map()
  const entries = []
  const words = new Map()
  const crashes = new Map()
  let runs = 0
  let slowest = 0

  async function attempt(input) {
    onInput(input)
    tracer.reset()
    runs += 1
    const started = performance.now()
    try {
      await target.run(input)
    } catch (error) {
      const name = String(error.message).slice(0, 200)
      if (crashes.size < MOST_CRASHES && !crashes.has(name)) crashes.set(name, input)
    }
    const taken = performance.now() - started
    if (taken > NOTICED_MILLISECONDS) await timeAgain(input)
    else if (taken > slowest) slowest = taken
    judge(input)
  }

  /** Garbage is collected at times: only what is slow three times over is slow. */
  async function timeAgain(input) {
    let least = Infinity
    for (let time = 0; time < 3; time += 1) {
      const started = performance.now()
      await Promise.resolve()
        .then(() => target.run(input))
        .catch(() => {})
      least = Math.min(least, performance.now() - started)
    }
    if (least > slowest) slowest = least
    if (least > slowMilliseconds) crashes.set(`took ${least.toFixed(0)} ms`, input)
  }

  function judge(input) {
    for (const word of tracer.words) {
      if (words.size < MOST_WORDS && !words.has(word)) words.set(word, Buffer.from(word))
    }
    const features = featuresOf(tracer)
    const isNew = features.some((feature) => !seen.has(feature))
    const isShorter = !isNew && features.some((feature) => shortest.get(feature).input.length > input.length * 2)
    if (!isNew && !isShorter) return
    const entry = { input: Buffer.from(input), features }
    entries.push(entry)
    for (const feature of features) {
      seen.add(feature)
      const known = shortest.get(feature)
      if (known === undefined || input.length < known.input.length) shortest.set(feature, entry)
    }
  }

  /** Half of the time one of the newest, which lead on; else any. */
  function choose() {
    const newest = Math.min(entries.length, 1 + (entries.length >> 3))
    return below(2) === 0 ? entries[entries.length - 1 - below(newest)] : entries[below(entries.length)]
  }

  await attempt(Buffer.alloc(0))
  for (const input of [...target.seeds.map((seed) => Buffer.from(seed, 'latin1')), ...corpus]) await attempt(input)
  const started = performance.now()
  let reportAt = 10_000
  let wordList = []
  for (;;) {
    const elapsed = performance.now() - started
    if (elapsed > milliseconds) break
    if (elapsed > reportAt) {
      onProgress({ runs, seconds: elapsed / 1000, features: seen.size, kept: entries.length, crashes: crashes.size })
      reportAt += 30_000
    }
    if (wordList.length !== words.size) wordList = [...words.values()]
    // Several at a time: looking at the clock costs as much as some targets do.
    for (let time = 0; time < 32; time += 1) {
      await attempt(mutate(choose().input, { below, words: wordList, other: choose().input }, maxBytes))
    }
  }
  const seconds = (performance.now() - started) / 1000
  const edges = new Set([...seen].filter(isEdge).map(edgeOf))
  return { runs, seconds, features: seen.size, edges, slowest, crashes, corpus: smallest(entries) }
}

/** The fewest inputs, short ones first, that together reach all branches that any has reached. */
function smallest(entries) {
  const reached = new Set()
  const kept = []
  for (const { input, features } of [...entries].sort((one, other) => one.input.length - other.input.length)) {
    const added = features.filter((feature) => isEdge(feature) && !reached.has(feature))
    if (added.length === 0) continue
    for (const feature of added) reached.add(feature)
    kept.push(input)
  }
  return kept.slice(0, MOST_KEPT)
}
