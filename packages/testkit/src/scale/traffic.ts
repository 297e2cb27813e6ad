import type { Channel, ChildTransport } from '@oakestra/session'

/** What went over one hop: of all its links together, both directions apart. */
export interface HopTraffic {
  messagesUp: number
  bytesUp: number
  messagesDown: number
  bytesDown: number
}

/** Counts messages between tiers by standing between a child and its transport. */
export class Traffic {
  readonly clusters: HopTraffic = { messagesUp: 0, bytesUp: 0, messagesDown: 0, bytesDown: 0 }
  readonly nodes: HopTraffic = { messagesUp: 0, bytesUp: 0, messagesDown: 0, bytesDown: 0 }

  /** The same transport, counted. */
  counted(kind: 'cluster' | 'node', transport: ChildTransport): ChildTransport {
    const hop = kind === 'cluster' ? this.clusters : this.nodes
    return {
      connect: async (signal) => countedChannel(hop, await transport.connect(signal)),
      openStream: (streamId, signal) => transport.openStream(streamId, signal),
    }
  }
}

function countedChannel(hop: HopTraffic, channel: Channel): Channel {
  const send = channel.send.bind(channel)
  const onMessage = channel.onMessage.bind(channel)
  return Object.assign(channel, {
    send: (text: string) => {
      hop.messagesUp += 1
      hop.bytesUp += text.length
      send(text)
    },
    onMessage: (listener: (text: string) => void) =>
      onMessage((text) => {
        hop.messagesDown += 1
        hop.bytesDown += text.length
        listener(text)
      }),
  })
}

/** What several hops carried together. */
export function sumOfTraffic(hops: readonly HopTraffic[]): HopTraffic {
  const total: HopTraffic = { messagesUp: 0, bytesUp: 0, messagesDown: 0, bytesDown: 0 }
  for (const { messagesUp, bytesUp, messagesDown, bytesDown } of hops) {
    total.messagesUp += messagesUp
    total.bytesUp += bytesUp
    total.messagesDown += messagesDown
    total.bytesDown += bytesDown
  }
  return total
}
