import { connect, type Socket } from 'node:net'
import { type Clock, OakError, withDeadline } from '@oakestra/base'

/** Something that happened in QEMU, by itself. QEMU Machine Protocol, "Asynchronous events". */
export interface QmpEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface QmpOptions {
  readonly path: string
  readonly clock: Clock
  readonly onEvent: (event: QmpEvent) => void
  readonly onClose: () => void
}

// An answer takes less than a millisecond (`reference/lab.md` 8); on a machine that emulates many guests it waits its turn.
const ANSWER_MS = 15_000
// What QEMU says at once is some hundred bytes; a guest cannot make it say more.
const LINE_BYTES_MAX = 1024 * 1024

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** A conversation with one QEMU: one JSON object per line, answers by id, events in between. */
export class Qmp {
  readonly #socket: Socket
  readonly #options: QmpOptions
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  #rest = ''
  #isClosed = false

  private constructor(socket: Socket, options: QmpOptions) {
    this.#socket = socket
    this.#options = options
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#closed())
    // A guest that runs must not keep the agent from ending.
    socket.unref()
  }

  /** @throws OakError `unavailable` when nobody listens there, `deadline-exceeded` when somebody does and says nothing */
  static async connect(options: QmpOptions): Promise<Qmp> {
    const socket = connect(options.path)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve())
      socket.once('error', (cause) => reject(new OakError('unavailable', 'QEMU does not answer', { cause })))
    })
    const qmp = new Qmp(socket, options)
    try {
      await qmp.call('qmp_capabilities')
      return qmp
    } catch (thrown) {
      qmp.close()
      throw thrown
    }
  }

  /** @throws OakError `unavailable` when QEMU ends meanwhile, `conflict` with its own words when it refuses */
  call(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(gone())
    this.#next += 1
    const id = this.#next
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id })}\n`)
    return withDeadline(answer, ANSWER_MS, `the QEMU command ${command}`, this.#options.clock).finally(() => this.#waiting.delete(id))
  }

  close(): void {
    this.#socket.destroy()
    this.#closed()
  }

  #take(text: string): void {
    this.#rest += text
    if (this.#rest.length > LINE_BYTES_MAX) return this.close()
    const lines = this.#rest.split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') this.#line(line)
  }

  #line(line: string): void {
    const message = parsed(line)
    if (!message) return this.close()
    if (typeof message['event'] === 'string') {
      this.#options.onEvent({ event: message['event'], data: (message['data'] ?? {}) as QmpEvent['data'] })
      return
    }
    const waiting = this.#waiting.get(Number(message['id']))
    if ('return' in message) waiting?.resolve(message['return'])
    else if (message['error']) waiting?.reject(refusal(message['error']))
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const { reject } of this.#waiting.values()) reject(gone())
    this.#waiting.clear()
    this.#options.onClose()
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function refusal(error: unknown): OakError {
  const { desc = 'no reason' } = error as { readonly desc?: string }
  return new OakError('conflict', `QEMU refuses: ${desc}`)
}

function gone(): OakError {
  return new OakError('unavailable', 'QEMU has ended')
}
