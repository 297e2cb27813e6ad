/** A way to ask one peer. */
export interface ProbeWay {
  /** Sends a question. Never throws: what cannot be sent is not answered. */
  send(bytes: Uint8Array): void
  close(): void
}

export interface ProbeWayEvents {
  readonly onAnswer: (bytes: Uint8Array) => void
  /** The peer's machine says that nobody listens there. */
  readonly onRefused: () => void
}

/** Datagrams between the gateways of nodes, real or pretended: through the tunnel, so that they prove what packets need. */
export interface ProbeTransport {
  /**
   * Answers questions that come to an address.
   * @param answer `undefined`: to say nothing
   * @throws OakError `unavailable` while the machine does not have the address
   */
  listen(address: string, answer: (bytes: Uint8Array, from: string) => Uint8Array | undefined): Promise<AsyncDisposable>
  open(from: string, to: string, events: ProbeWayEvents): ProbeWay
}
