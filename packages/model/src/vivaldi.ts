import type { Random } from '@oakestra/base'
import type { NetworkCoordinates } from './geo.ts'

/** Three, and the height: more do not describe the internet any better (Dabek et al., "Vivaldi", SIGCOMM 2004, 5.4). */
export const VIVALDI_DIMENSIONS = 3

/** Shares of a sample that move the place and the error: `c_c` and `c_e` of the paper, 4.4. */
const STEP = 0.25
/** Below this, a height is noise; at zero it could never grow again. */
const HEIGHT_MS_MIN = 0.01
/** A longer round trip is a stuck connection, not a distance, and would throw a node across the space. */
const RTT_MS_MAX = 10_000
const RTT_MS_MIN = 0.001
const ERROR_MIN = 0.001

/** Where everybody begins: at the same place, and sure of nothing. */
export const COORDINATES_AT_START: NetworkCoordinates = {
  position: Array.from({ length: VIVALDI_DIMENSIONS }, () => 0),
  heightMs: HEIGHT_MS_MIN,
  error: 1,
}

/** Less certain than this, coordinates are a guess: a node that has just begun seems to be next to everybody. */
const ERROR_MAX = 0.5

/** True for coordinates that estimates may be made of. */
export function isCertain({ position, error }: NetworkCoordinates): boolean {
  return error <= ERROR_MAX && position.length === VIVALDI_DIMENSIONS
}

/** Estimated round trip between two places, in milliseconds. */
export function estimateRttMs(a: NetworkCoordinates, b: NetworkCoordinates): number {
  return lengthOf(difference(a.position, b.position)) + a.heightMs + b.heightMs
}

/**
 * Own coordinates after one measured round trip to a peer that told its own: a step along the spring between both, the
 * longer the surer the peer is compared with us. Adaptive time step and height vector: SIGCOMM 2004, 4.4 and 5.4.
 * A sample that is no round trip, or a peer in another space, changes nothing.
 * @param random chooses the way apart for two that are at one place
 */
export function updateCoordinates(
  own: NetworkCoordinates,
  peer: NetworkCoordinates,
  measuredMs: number,
  random: Random,
): NetworkCoordinates {
  if (!isUsable(peer, measuredMs)) return own
  const rttMs = Math.max(measuredMs, RTT_MS_MIN)
  const estimateMs = estimateRttMs(own, peer)
  const balance = own.error / Math.max(own.error + peer.error, ERROR_MIN)
  const sampleError = Math.abs(estimateMs - rttMs) / rttMs
  const error = sampleError * STEP * balance + own.error * (1 - STEP * balance)
  return moved(own, peer, STEP * balance * (rttMs - estimateMs), Math.min(Math.max(error, ERROR_MIN), 1), random)
}

function isUsable(peer: NetworkCoordinates, measuredMs: number): boolean {
  const numbers = [...peer.position, peer.heightMs, peer.error]
  const isInSpace = peer.position.length === VIVALDI_DIMENSIONS && numbers.every(Number.isFinite) && peer.heightMs >= 0
  return isInSpace && measuredMs >= 0 && measuredMs <= RTT_MS_MAX
}

/** @param pushMs how far away from the peer; negative: towards it */
function moved(own: NetworkCoordinates, peer: NetworkCoordinates, pushMs: number, error: number, random: Random): NetworkCoordinates {
  const apart = difference(own.position, peer.position)
  const distanceMs = lengthOf(apart)
  const heightsMs = own.heightMs + peer.heightMs
  const totalMs = distanceMs + heightsMs
  const isSamePlace = distanceMs < HEIGHT_MS_MIN
  const direction = isSamePlace ? anyDirection(random) : apart.map((length) => length / totalMs)
  return {
    position: own.position.map((coordinate, axis) => coordinate + (direction[axis] ?? 0) * pushMs),
    // Two at one place first move apart: their heights alone cannot tell who is far from whom.
    heightMs: isSamePlace ? own.heightMs : Math.max(HEIGHT_MS_MIN, own.heightMs + (heightsMs / totalMs) * pushMs),
    error,
  }
}

function anyDirection(random: Random): number[] {
  const vector = Array.from({ length: VIVALDI_DIMENSIONS }, () => random.next() - 0.5)
  const length = lengthOf(vector)
  return length > 0 ? vector.map((coordinate) => coordinate / length) : [1, ...vector.slice(1)]
}

function difference(a: readonly number[], b: readonly number[]): number[] {
  return a.map((coordinate, axis) => coordinate - (b[axis] ?? 0))
}

function lengthOf(vector: readonly number[]): number {
  return Math.hypot(...vector)
}
