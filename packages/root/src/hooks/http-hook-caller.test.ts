import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { parseHookUrl } from './hook-address.ts'
import { httpHookCaller } from './http-hook-caller.ts'

const never = new AbortController().signal

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: close }
}

const post = (url: string, signal = never) => httpHookCaller({ url, headers: { 'x-oak-event': 'post_create' }, body: '{"ö":1}' }, signal)

describe('calling a hook over HTTP', () => {
  test('posts the body as it is, and gives status and text', async () => {
    using receiver = await serve((request, response) => {
      let text = ''
      request.on('data', (part: Buffer) => (text += part.toString()))
      request.on('end', () => response.writeHead(202).end(`${request.method} ${request.url} ${request.headers['x-oak-event']} ${text}`))
    })
    expect(await post(`http://127.0.0.1:${receiver.port}/a?b=1`)).toEqual({ status: 202, body: 'POST /a?b=1 post_create {"ö":1}' })
    // By name, too: what it means is looked at.
    expect(await post(`http://localhost:${receiver.port}/`)).toMatchObject({ status: 202 })
  })

  test('follows no redirect', async () => {
    let calls = 0
    using receiver = await serve((_, response) => {
      calls += 1
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    expect(await post(`http://127.0.0.1:${receiver.port}/`)).toEqual({ status: 307, body: '' })
    expect(calls).toBe(1)
  })

  test('reads no answer that does not end', async () => {
    using receiver = await serve((_, response) => {
      const more = () => response.writable && response.write('x'.repeat(64 * 1024), more)
      more()
    })
    await expect(post(`http://127.0.0.1:${receiver.port}/`)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('larger than'),
    })
  })

  test('ends when it is called off, and says when nobody is there', async () => {
    using receiver = await serve(() => undefined)
    const abort = new AbortController()
    const pending = post(`http://127.0.0.1:${receiver.port}/`, abort.signal)
    abort.abort()
    await expect(pending).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await expect(post('http://127.0.0.1:9/')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })
})

describe('an address of a hook', () => {
  test.each(['http://127.0.0.1/', 'https://example.org:8443/x?y', 'http://[::1]:80/', 'http://10.0.0.7/', 'http://[fd00::5]/'])(
    'may be %s',
    (url) => {
      expect(parseHookUrl(url).href).toBe(new URL(url).href)
    },
  )

  test.each([
    'ftp://example.org/',
    'file:///etc/passwd',
    'javascript:1',
    'example.org',
    '',
    'http://me:secret@example.org/',
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0xa9.254.169.254/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
    'http://[::]/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[ff02::1]/',
    'http://[fd00:ec2::254]/',
    `http://x/${'y'.repeat(3_000)}`,
  ])('is never %s', (url) => {
    expect(() => parseHookUrl(url)).toThrow()
  })
})
