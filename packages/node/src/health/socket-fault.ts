import type { ProbeAnswer } from './prober.ts'

/** This machine's own troubles: they say nothing about the instance. */
const OWN = new Set(['ABORT_ERR', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'ENETUNREACH', 'ENETDOWN'])

const SENTENCES: Readonly<Record<string, (port: number) => string>> = {
  ECONNREFUSED: (port) => `nothing listens on port ${port}`,
  ECONNRESET: () => 'it broke the connection off',
  EHOSTUNREACH: () => 'its address does not answer',
  ETIMEDOUT: () => 'its address does not answer',
  HPE_HEADER_OVERFLOW: () => 'its answer has too many headers',
}

/** What a connection that failed says about the instance at its other end. */
export function socketFault(error: NodeJS.ErrnoException, port: number): ProbeAnswer {
  const code = error.code ?? ''
  if (OWN.has(code)) return { answer: 'unknown', reason: error.message }
  return { answer: 'bad', reason: SENTENCES[code]?.(port) ?? error.message }
}
