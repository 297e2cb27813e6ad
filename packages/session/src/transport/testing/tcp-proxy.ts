import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between two ends of TCP connections and can stop passing anything on, as a dead link does. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  cut(): void
  restore(): void
  /** The connections there are go silent for good; new ones work. */
  strand(): void
}

/** Forwards to a port of loopback that may change. */
export async function startTcpProxy(targetPort: () => number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const stranded = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    if (isCut) socket.pause()
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    const far = connect({ port: targetPort(), host: '127.0.0.1' })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      keep(from)
      from.on('data', (chunk) => {
        if (!to.write(chunk)) from.pause()
      })
      from.on('drain', () => {
        if (!isCut && !stranded.has(to)) to.resume()
      })
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroySoon())
    }
    if (isCut) for (const socket of [near, far]) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // A TCP server's address is an object for as long as it listens.
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true
      for (const socket of sockets) socket.pause()
    },
    restore() {
      isCut = false
      for (const socket of sockets) if (!stranded.has(socket)) socket.resume()
    },
    strand() {
      for (const socket of sockets) stranded.add(socket.pause())
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
