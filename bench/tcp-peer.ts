/**
 * One end of short TCP conversations, with blocking calls: what is measured is the kernel's way, and not an event loop. Says
 * `ready` where it listens; a client prints one line of JSON.
 *   tcp-peer.ts accept PORT                      takes connections and ends them
 *   tcp-peer.ts echo PORT                        sends back what it gets, one connection after the other
 *   tcp-peer.ts rate ADDRESS PORT SECONDS        connects and ends, again and again
 *   tcp-peer.ts turns ADDRESS PORT SECONDS       64 bytes there and back, again and again
 *   tcp-peer.ts each PORT ADDRESS...             connects to each once
 */
import { writeSync } from 'node:fs'
import { percentile } from './measures.ts'
import { loadSockets } from './sockets.ts'

const MESSAGE_BYTES = 64
// The first conversations find caches empty.
const WARM_UP = 20
const sockets = loadSockets()

/** This thread never comes back to the loop, so nothing may wait to be written. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}

function serve(port: number, talk: (fd: number) => void): never {
  const listener = sockets.listen(port)
  say('ready')
  for (;;) {
    const fd = sockets.accept(listener)
    try {
      talk(fd)
    } catch {
      // The client has gone.
    } finally {
      sockets.close(fd)
    }
  }
}

function echo(fd: number): void {
  const buffer = Buffer.alloc(MESSAGE_BYTES)
  for (;;) {
    const length = sockets.receive(fd, buffer)
    if (length === 0) return
    sockets.send(fd, buffer.subarray(0, length))
  }
}

/** Microseconds of each, for so long. */
function timesOf(seconds: number, action: () => void): readonly number[] {
  for (let round = 0; round < WARM_UP; round += 1) action()
  const times: number[] = []
  const untilMs = performance.now() + seconds * 1_000
  for (let startMs = performance.now(); startMs < untilMs; ) {
    action()
    const nowMs = performance.now()
    times.push((nowMs - startMs) * 1_000)
    startMs = nowMs
  }
  return times
}

function tell(seconds: number, times: readonly number[]): void {
  say(JSON.stringify({ perSecond: times.length / seconds, p50Us: percentile(times, 0.5), p99Us: percentile(times, 0.99) }))
}

function turns(address: string, port: number, seconds: number): void {
  const fd = sockets.connect(address, port)
  const buffer = Buffer.alloc(MESSAGE_BYTES)
  const turn = () => {
    sockets.send(fd, buffer)
    for (let got = 0; got < MESSAGE_BYTES; ) got += sockets.receive(fd, buffer)
  }
  tell(seconds, timesOf(seconds, turn))
  sockets.abort(fd)
}

/** Until the server has taken the connection and ended it: a queue of those it has not would measure nothing. */
function connectOnce(address: string, port: number): void {
  const fd = sockets.connect(address, port)
  sockets.receive(fd, Buffer.alloc(1))
  sockets.abort(fd)
}

/** Milliseconds until connected to each, or why not. */
function each(port: number, addresses: readonly string[]): readonly (number | string)[] {
  return addresses.map((address) => {
    const startMs = performance.now()
    try {
      sockets.abort(sockets.connect(address, port))
      return performance.now() - startMs
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : String(thrown)
    }
  })
}

const [what, ...rest] = process.argv.slice(2)
const [first = '', second = '', third = ''] = rest
if (what === 'accept') serve(Number(first), () => undefined)
else if (what === 'echo') serve(Number(first), echo)
else if (what === 'rate')
  tell(
    Number(third),
    timesOf(Number(third), () => connectOnce(first, Number(second))),
  )
else if (what === 'turns') turns(first, Number(second), Number(third))
else if (what === 'each') say(JSON.stringify(each(Number(first), rest.slice(1))))
else throw new Error(`unknown: ${what}`)
