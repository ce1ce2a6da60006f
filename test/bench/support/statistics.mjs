// Medians, and ratios of what was measured side by side.

export function median(values) {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function percentile(values, share) {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** The median of the ratios of each round, and how far they lie apart. */
export function pairedRatio(ours, theirs) {
  const ratios = ours.map((value, round) => value / theirs[round])
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
