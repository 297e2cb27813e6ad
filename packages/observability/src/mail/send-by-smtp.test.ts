import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sendBySmtp } from './send-by-smtp.ts'

/** As much of a mail server as a mail needs (RFC 5321), without STARTTLS. */
class SmallMailServer implements AsyncDisposable {
  /** What clients said, line by line. */
  readonly lines: string[] = []
  readonly #server: Server

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  #serve(socket: Socket): void {
    const answer = (text: string) => socket.write(`${text}\r\n`)
    let isData = false
    answer('220 mail.test')
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
        this.lines.push(line)
        if (isData && line !== '.') continue
        if (line.startsWith('EHLO')) answer('250-mail.test\r\n250 AUTH PLAIN')
        else if (line === 'DATA') answer('354 go on')
        else if (line.startsWith('AUTH')) answer('235 welcome')
        else answer(line === 'QUIT' ? '221 bye' : '250 ok')
        isData = line === 'DATA'
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

let server: SmallMailServer
let port: number
beforeEach(async () => {
  server = new SmallMailServer()
  port = await server.listen()
})
afterEach(() => server[Symbol.asyncDispose]())

const mail = { to: 'ann@example.org', subject: 'A new password', text: 'Open it.\n' }

test('a mail is handed to the server with the sender that was set', async () => {
  await sendBySmtp({ host: '127.0.0.1', port, tls: false, from: 'oak@example.org' }, mail)
  expect(server.lines).toEqual(
    expect.arrayContaining(['MAIL FROM:<oak@example.org>', 'RCPT TO:<ann@example.org>', 'Subject: A new password', 'Open it.']),
  )
})

test('a user who was set proves who root is, and is the sender when no other is set', async () => {
  await sendBySmtp({ host: '127.0.0.1', port, tls: false, user: 'oak@mail.test', password: 'secret' }, mail)
  expect(server.lines).toContain(`AUTH PLAIN ${Buffer.from('\0oak@mail.test\0secret').toString('base64')}`)
  expect(server.lines).toContain('MAIL FROM:<oak@mail.test>')
})

test('a server that is not there is an error', async () => {
  await server[Symbol.asyncDispose]()
  await expect(sendBySmtp({ host: '127.0.0.1', port, tls: false }, mail)).rejects.toThrow()
  await server.listen()
})
