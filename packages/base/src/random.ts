/** A source of chance for decisions that need spreading, such as jitter. Never for secrets. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}

/** The platform's generator. */
export const realRandom: Random = { next: () => Math.random() }
