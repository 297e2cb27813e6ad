import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { OakError } from '@oakestra/base'

/** Turns passwords into hashes and compares them, a few at a time. */
export interface PasswordHasher {
  /** @throws OakError `resource-exhausted` when too many are waiting */
  hash(password: string): Promise<string>
  /**
   * Compares in constant time. Without a hash it does the same work and answers false, so that the time taken does not
   * tell whether a user exists.
   * @throws OakError `resource-exhausted`
   */
  verify(password: string, hash: string | undefined): Promise<boolean>
}

export interface HashingOptions {
  /** scrypt's N. The default costs 32 MiB and some 80 ms (`reference/dependencies.md` 3.2). */
  readonly cost?: number
  /** Hashes at a time: each holds its memory. */
  readonly parallel?: number
  /** Callers that may wait for their turn. */
  readonly waiting?: number
}

const BLOCK_SIZE = 8
const KEY_LENGTH = 32
const SALT_LENGTH = 16
const COST = 2 ** 15

export function createPasswordHasher(options: HashingOptions = {}): PasswordHasher {
  const { cost = COST, parallel = 2, waiting = 64 } = options
  const inTurn = createTurns(parallel, waiting)
  const decoy = render(cost, Buffer.alloc(SALT_LENGTH), Buffer.alloc(KEY_LENGTH))
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(SALT_LENGTH)
        return render(cost, salt, await derive(password, salt, cost))
      }),
    verify: (password, hash) =>
      inTurn(async () => {
        const stored = parse(hash ?? decoy)
        const key = await derive(password, stored.salt, stored.cost)
        return timingSafeEqual(key, stored.key) && hash !== undefined
      }),
  }
}

/** Runs at most `parallel` jobs at a time; more than `waiting` behind them are refused. */
function createTurns(parallel: number, waiting: number): <T>(job: () => Promise<T>) => Promise<T> {
  let running = 0
  const queue: (() => void)[] = []
  return async (job) => {
    if (running >= parallel) {
      if (queue.length >= waiting) throw new OakError('resource-exhausted', 'too many logins at once; try again in a moment')
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running += 1
    try {
      return await job()
    } finally {
      const next = queue.shift()
      if (next) next()
      else running -= 1
    }
  }
}

function derive(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const options: ScryptOptions = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 256 * cost * BLOCK_SIZE }
  return new Promise((resolve, reject) => {
    // NFKC: the same password typed on two keyboards is the same password.
    scrypt(password.normalize('NFKC'), salt, KEY_LENGTH, options, (failed, key) => (failed ? reject(failed) : resolve(key)))
  })
}

/** `scrypt$N$r$p$salt$key`: old hashes stay valid when the cost is raised. */
function render(cost: number, salt: Buffer, key: Buffer): string {
  return ['scrypt', cost, BLOCK_SIZE, 1, salt.toString('base64url'), key.toString('base64url')].join('$')
}

function parse(hash: string): { readonly cost: number; readonly salt: Buffer; readonly key: Buffer } {
  const [word, cost, blockSize, parallelism, salt, key] = hash.split('$')
  if (word !== 'scrypt' || Number(blockSize) !== BLOCK_SIZE || parallelism !== '1' || !salt || !key) {
    throw new OakError('internal', 'a stored password hash has an unknown form')
  }
  return { cost: Number(cost), salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
}

/** A password that nobody guesses: 120 bits, in letters and digits that are hard to confuse. */
export function randomPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
  // 55 does not divide 256: taking bytes below 220 only keeps every character equally likely.
  const characters: string[] = []
  while (characters.length < 21) {
    const byte = randomBytes(1)[0] ?? 255
    if (byte < 220) characters.push(alphabet[byte % 55] ?? '')
  }
  return characters.join('')
}
