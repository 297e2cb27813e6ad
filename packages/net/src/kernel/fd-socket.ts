import { createServer, Socket } from 'node:net'
import { OakError } from '@oakestra/base'

interface PipeHandle {
  open(fd: number): number
}

/**
 * libuv's pipe handle around a file descriptor: one event per packet or message, and no thread that waits (`reference/lab.md` 6
 * compares the ways). Node.js has no public name for the class; a server on an abstract socket has one inside. Whoever
 * destroys the socket closes the descriptor.
 * @throws OakError `unavailable` saying what cannot be read
 */
export async function socketOf(fd: number, what: string): Promise<Socket> {
  const server = createServer().listen({ path: `\0oak-pipe-${process.pid}-${fd}` })
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const { _handle: inner } = server as unknown as { readonly _handle: { readonly constructor: new (type: number) => PipeHandle } }
  const handle = new inner.constructor(0)
  server.close()
  if (handle.open(fd) !== 0) throw new OakError('unavailable', `cannot read ${what}`)
  return new Socket({ handle, readable: true, writable: true } as unknown as ConstructorParameters<typeof Socket>[0])
}
