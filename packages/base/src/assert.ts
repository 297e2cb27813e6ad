/**
 * States something that cannot be false unless the program itself is wrong.
 * @throws Error always a defect of ours, never of the input: bad input is an `OakError`.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}

/** Makes the compiler prove that a switch over a union is exhaustive. */
export function assertNever(value: never): never {
  throw new Error(`assertion failed: unexpected ${JSON.stringify(value)}`)
}
