import { createSocket, type Socket } from 'node:dgram'

/** Stands between two ends of datagrams and can stop passing any on. */
export interface UdpProxy extends AsyncDisposable {
  /** How many have sent something. */
  readonly senders: number
  cut(): void
  restore(): void
  /** Passes nothing on any more for those it has seen so far. */
  strand(): void
}

/** Forwards from a port of loopback to another, which may change; each sender has a port of its own towards the target, as behind a NAT. */
export async function startUdpProxy(port: number, targetPort: () => number): Promise<UdpProxy> {
  const door = createSocket('udp4')
  const flows = new Map<number, Socket>()
  const stranded = new Set<number>()
  let isCut = false
  const flowOf = (sender: number) => {
    const known = flows.get(sender)
    if (known) return known
    const flow = createSocket('udp4').on('error', () => undefined)
    flow.on('message', (bytes) => {
      if (!isCut && !stranded.has(sender)) door.send(bytes, sender, '127.0.0.1')
    })
    flows.set(sender, flow)
    return flow
  }
  door.on('message', (bytes, { port: sender }) => {
    if (!isCut && !stranded.has(sender)) flowOf(sender).send(bytes, targetPort(), '127.0.0.1')
  })
  await new Promise<void>((resolve, reject) => door.once('error', reject).bind(port, '127.0.0.1', resolve))
  return {
    get senders() {
      return flows.size
    },
    cut() {
      isCut = true
    },
    restore() {
      isCut = false
    },
    strand() {
      for (const sender of flows.keys()) stranded.add(sender)
    },
    async [Symbol.asyncDispose]() {
      for (const flow of flows.values()) flow.close()
      await new Promise<void>((resolve) => door.close(resolve))
    },
  }
}
