import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { type Clock, type Logger, toOakError } from '@oakestra/base'
import { linkIdOf } from './datagram.ts'
import { DatagramLink } from './datagram-link.ts'
import { makeLinkSecret, renderLinkSecret } from './link-secret.ts'

export interface DatagramDoorOptions {
  /** The address the TCP door is bound to. */
  readonly address: string
  readonly port: number
  readonly clock: Clock
  readonly logger: Logger
}

/** A link that was offered to a child, and the words in which it is. */
export interface OfferedLink {
  readonly link: DatagramLink
  readonly header: string
}

/** The parent's port for datagrams, beside its port for connections. What names no link of a living connection is dropped unread. */
export class DatagramDoor {
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #links = new Map<string, DatagramLink>()

  private constructor(socket: Socket, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    socket.on('message', (bytes, from) => {
      const linkId = linkIdOf(bytes)
      if (linkId !== undefined) this.#links.get(linkId)?.take(bytes, from)
    })
  }

  /** Undefined when the port cannot be had: then connections have to speak for themselves. */
  static async open({ address, port, clock, logger }: DatagramDoorOptions): Promise<DatagramDoor | undefined> {
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4' })
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.bind({ address, port, exclusive: true }, resolve)
      })
    } catch (thrown) {
      const err = toOakError(thrown).message
      logger.warn('no port for datagrams: children on bad links will be lost and found more often', { port, err })
      socket.close()
      return undefined
    }
    socket.removeAllListeners('error')
    socket.on('error', (error) => logger.debug('datagrams', { err: error.message }))
    return new DatagramDoor(socket, clock)
  }

  /** Makes a link for a new connection. */
  offer(): OfferedLink {
    const secret = makeLinkSecret()
    const link = new DatagramLink({
      secret,
      end: 'parent',
      clock: this.#clock,
      // A datagram that cannot be sent is a lost one.
      send: (bytes, to) => this.#socket.send(bytes, to.port, to.address, () => undefined),
    })
    this.#links.set(secret.linkId, link)
    return { link, header: renderLinkSecret(secret) }
  }

  /** Forgets the link of a connection that ended. */
  withdraw({ link, header }: OfferedLink): void {
    link.close()
    this.#links.delete(header.slice(0, header.indexOf('.')))
  }

  close(): void {
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
    this.#socket.close()
  }
}
