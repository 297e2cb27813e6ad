import { type Duplex, pipeline } from 'node:stream'

/**
 * Passes what comes from one stream on to the other, no faster than it is read, and ends each with the other.
 * @param onEnd is told of the error that ended them, or of nothing
 */
export function joinStreams(from: Duplex, to: Duplex, onEnd: (thrown: unknown) => void): void {
  // What the reader says back is of no interest, but unread it would keep the stream from ending.
  to.resume()
  to.once('close', () => from.destroy())
  pipeline(from, to, onEnd)
}
