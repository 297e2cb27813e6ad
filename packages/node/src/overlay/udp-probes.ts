import { createSocket } from 'node:dgram'
import { OakError } from '@oakestra/base'
import type { ProbeTransport, ProbeWay, ProbeWayEvents } from './probe-transport.ts'

/** Of the gateway's address, where only the overlay can come: beside the tunnel's usual one. */
const PORT = 50_104

/** Questions and answers as UDP. Neither way names a family: gateways are asked at their IPv4 addresses. */
export function createUdpProbes(): ProbeTransport {
  return { listen, open }
}

function listen(address: string, answer: (bytes: Uint8Array, from: string) => Uint8Array | undefined): Promise<AsyncDisposable> {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) => {
    const said = answer(bytes, from.address)
    if (said) socket.send(said, from.port, from.address, () => undefined)
  })
  return new Promise((resolve, reject) => {
    socket.once('error', (cause) => {
      reject(new OakError('unavailable', `other nodes cannot ask this one at ${address}: ${cause.message}`, { cause }))
    })
    socket.bind({ address, port: PORT, exclusive: true }, () => {
      socket.removeAllListeners('error').on('error', () => undefined)
      resolve({ [Symbol.asyncDispose]: () => new Promise((closed) => socket.close(() => closed())) })
    })
  })
}

/** Connected, so that the kernel tells when the other machine refuses (udp(7)): its agent is away, and its packets flow on. */
function open(from: string, to: string, { onAnswer, onRefused }: ProbeWayEvents): ProbeWay {
  const socket = createSocket('udp4')
  let isConnected = false
  socket.on('message', onAnswer)
  socket.on('error', (error) => {
    if ('code' in error && error.code === 'ECONNREFUSED') onRefused()
  })
  socket.bind({ address: from, port: 0, exclusive: true }, () => {
    socket.connect(PORT, to, (error?: Error) => {
      isConnected = error === undefined
    })
  })
  return {
    send: (bytes) => {
      if (isConnected) socket.send(bytes, () => undefined)
    },
    close: () => {
      isConnected = false
      socket.close()
    },
  }
}
