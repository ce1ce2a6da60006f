/**
 * Choices from a seed and the number of a case: any case of a great run can be made again without those before it.
 * xoroshiro64**, which is small, fast and the same on every machine.
 */
export class Draws {
  #one = 0
  #two = 0

  begin(seed: number, number: number): this {
    this.#one = mix(seed ^ mix(number))
    this.#two = mix(number + 0x9e3779b9) ^ seed
    if (this.#one === 0 && this.#two === 0) this.#one = 1
    return this
  }

  /** 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(((this.#next() >>> 0) / 0x1_0000_0000) * count)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** True so many times of a hundred. */
  percent(share: number): boolean {
    return this.below(100) < share
  }

  #next(): number {
    const product = Math.imul(this.#one, 0x9e3779bb)
    const drawn = Math.imul((product << 5) | (product >>> 27), 5)
    const mixed = this.#two ^ this.#one
    this.#one = ((this.#one << 26) | (this.#one >>> 6)) ^ mixed ^ (mixed << 9)
    this.#two = (mixed << 13) | (mixed >>> 19)
    return drawn
  }
}

/** The last step of MurmurHash3: numbers that follow each other become far apart. */
function mix(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
