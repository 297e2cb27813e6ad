/** A place on earth, in degrees. */
export interface GeoPoint {
  readonly lat: number
  readonly lon: number
}

/** Everything within `radiusKm` of a place. */
export interface GeoArea extends GeoPoint {
  readonly radiusKm: number
}

/**
 * A place in the space of round-trip times: the distance between two of them, their heights added, estimates the round
 * trip in milliseconds (Dabek et al., "Vivaldi", SIGCOMM 2004).
 */
export interface NetworkCoordinates {
  readonly position: readonly number[]
  readonly heightMs: number
  /** From 0 (certain) to 1 (a guess). */
  readonly error: number
}
