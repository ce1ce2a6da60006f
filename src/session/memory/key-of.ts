/** Under which key this process keeps what stands at a place. */
import type { Place } from '../backend.js'

export function keyOf({ tag, name }: Place): string {
  return `${tag}:${name}`
}
