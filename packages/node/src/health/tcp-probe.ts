import net from 'node:net'
import type { ProbeAnswer } from './prober.ts'
import { socketFault } from './socket-fault.ts'

export interface TcpProbe {
  readonly address: string
  readonly port: number
}

/** Connects, which is good, and hangs up. */
export function tcpProbe({ address, port }: TcpProbe, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port, signal })
    const answered = (answer: ProbeAnswer) => {
      resolve(answer)
      socket.destroy()
    }
    socket.on('connect', () => answered({ answer: 'good' }))
    socket.on('error', (error) => answered(socketFault(error, port)))
  })
}
