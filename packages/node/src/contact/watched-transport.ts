import type { Channel, ChildTransport } from '@oakestra/session'

export interface ConnectionEvents {
  connected(): void
  /** This end has said something on the present connection. */
  greeted(): void
  /** @param silentMs for how long nothing had been heard when the connection ended */
  disconnected(silentMs: number): void
}

/** A transport that tells when connections begin and end. */
export function watchedTransport(transport: ChildTransport, events: ConnectionEvents): ChildTransport {
  return {
    connect: async (signal) => {
      const channel = await transport.connect(signal)
      events.connected()
      return watchedChannel(channel, events)
    },
    openStream: (streamId, signal) => transport.openStream(streamId, signal),
  }
}

function watchedChannel(channel: Channel, events: ConnectionEvents): Channel {
  return {
    peer: channel.peer,
    get bufferedBytes() {
      return channel.bufferedBytes
    },
    get silentMs() {
      return channel.silentMs
    },
    send: (text) => {
      channel.send(text)
      events.greeted()
    },
    onMessage: (listener) => channel.onMessage(listener),
    onClose: (listener) =>
      channel.onClose((end) => {
        events.disconnected(end.silentMs)
        listener(end)
      }),
    close: (reason, how) => channel.close(reason, how),
  }
}
