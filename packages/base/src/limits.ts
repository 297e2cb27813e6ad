/** Bounds that more than one package must agree on, each with what would break without it. */
export const LIMITS = {
  /** A descriptor of a large application is some 100 KB; beyond this a request only costs memory. */
  requestBodyBytes: 2 * 1024 * 1024,
  /** One message between tiers: a whole document of 10,000 instances at 2 KB each is sent in parts below this. */
  sessionMessageBytes: 4 * 1024 * 1024,
  /** What may wait in a session's send queue before its peer counts as too slow and is disconnected. */
  sessionBufferedBytes: 32 * 1024 * 1024,
  /** Requests that wait for an answer on one session. */
  sessionRequestsInFlight: 256,
  /** A line of a service's log; longer lines are cut into parts. */
  logLineBytes: 16 * 1024,
  /** Violations listed in one answer: enough to mend a descriptor, bounded for hostile ones. */
  violationsListed: 50,
} as const
