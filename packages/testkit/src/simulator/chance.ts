import type { Random } from '@oakestra/base'
import { seededRandom } from '@oakestra/base/testing'

/** Seeded choices. */
export class Chance {
  readonly #random: Random

  private constructor(random: Random) {
    this.#random = random
  }

  static of(seed: number): Chance {
    return new Chance(seededRandom(seed))
  }

  /** Uniform in [0, 1). */
  part(): number {
    return this.#random.next()
  }

  /** A whole number below `count`. */
  below(count: number): number {
    return Math.floor(this.#random.next() * count)
  }

  between(min: number, max: number): number {
    return min + this.below(max - min + 1)
  }

  /** Between the bounds, small ones as likely as large ones. */
  scaled(min: number, max: number): number {
    return Math.round(min * (max / min) ** this.#random.next())
  }

  weighted<T>(table: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.#random.next() * table.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of table) {
      left -= weight
      if (left < 0) return value
    }
    const [first] = table
    if (!first) throw new Error('nothing to choose from')
    return first[1]
  }
}
