import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { type Logger, toOakError } from '@oakestra/base'

// A question is one address.
const QUESTION_BYTES_MAX = 1_000
// A person asks one thing at a time.
const CONNECTIONS_MAX = 8
const PATIENCE_MS = 10_000

/** Gives lines for people about what happens to an address, or about everything. @throws OakError */
export type Explain = (address: string | undefined) => Promise<readonly string[]>

/** What is said over the socket: one question, one answer, then it ends. */
export interface DebugQuestion {
  readonly address?: string
}
export type DebugAnswer = { readonly lines: readonly string[] } | { readonly error: string }

/** Lets commands of this machine's owner ask a running node. Without the socket everything but those commands works. */
export async function serveDebug(path: string, explain: Explain, logger: Logger): Promise<AsyncDisposable> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // Left behind by a crash: the lock on the role says that nobody else answers there.
  rmSync(path, { force: true })
  const open = new Set<Socket>()
  // The other end says that it is done; this one answers then.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    serve(socket, explain)
  })
  server.maxConnections = CONNECTIONS_MAX
  const close = async () => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    rmSync(path, { force: true })
  }
  await new Promise<void>((resolve) => {
    server.once('error', (error) => {
      logger.warn('this node cannot be asked what it does with addresses', { err: error.message })
      resolve()
    })
    server.listen(path, () => {
      chmodSync(path, 0o600)
      resolve()
    })
  })
  return { [Symbol.asyncDispose]: close }
}

function serve(socket: Socket, explain: Explain): void {
  let text = ''
  socket.setEncoding('utf8').setTimeout(PATIENCE_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (part: string) => {
    text += part
    if (text.length > QUESTION_BYTES_MAX) socket.destroy()
  })
  socket.on('end', () => void answer(text, explain).then((said) => socket.end(`${JSON.stringify(said)}\n`)))
}

async function answer(text: string, explain: Explain): Promise<DebugAnswer> {
  try {
    const { address } = JSON.parse(text) as DebugQuestion
    return { lines: await explain(typeof address === 'string' ? address : undefined) }
  } catch (thrown) {
    return { error: toOakError(thrown).message }
  }
}
