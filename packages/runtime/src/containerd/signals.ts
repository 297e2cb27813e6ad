import { constants } from 'node:os'

const REALTIME = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/
// signal(7): what programs can use of 32 to 64; the first two belong to the C library.
const RTMIN = 34
const RTMAX = 64

/** Number of a signal as images name it: `SIGQUIT`, `QUIT`, `3`, `SIGRTMIN+3`. SIGTERM for what makes no sense. */
export function signalNumber(name: string | undefined): number {
  const text = (name ?? '').toUpperCase().replace(/^SIG/, '')
  const number = /^\d{1,2}$/.test(text)
    ? Number(text)
    : (Object.entries(constants.signals).find(([key]) => key === `SIG${text}`)?.[1] ?? realtime(text))
  return number >= 1 && number <= RTMAX ? number : constants.signals.SIGTERM
}

function realtime(text: string): number {
  const [, base, sign, offset] = REALTIME.exec(text) ?? []
  if (!base) return 0
  return (base === 'MIN' ? RTMIN : RTMAX) + (sign === '-' ? -1 : 1) * Number(offset ?? 0)
}
