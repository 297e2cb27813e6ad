import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { realClock } from '@oakestra/base'
import { recordingLogger } from '@oakestra/base/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { Choice } from './external-scheduler.ts'
import { answering, clientOf } from './testing/samples.ts'

const warningOf = (choice: Choice) => (choice.ok ? `chose ${choice.candidateId}` : choice.warning)

describe('an external scheduler', () => {
  it('chooses one of the candidates that it was offered', async () => {
    const { choose } = clientOf(answering({ candidate_id: 'a' }))
    expect(await choose()).toEqual({ ok: true, candidateId: 'a' })
  })

  it('may leave the choice to the policy, with its reason in one line', async () => {
    const { choose } = clientOf(answering({ candidate_id: null, reason: 'too\nfar' }))
    expect(await choose()).toEqual({ ok: false, warning: 'the external scheduler chose nobody: too far' })
    expect(warningOf(await clientOf(answering({ candidate_id: null })).choose())).toBe(
      'the external scheduler chose nobody: it gave no reason',
    )
  })

  it.each<[string, () => Promise<Response>, string]>([
    ['an id that it was not offered', answering({ candidate_id: 'z' }), 'chose a candidate that it was not offered'],
    ['one that does not pass the filters', answering({ candidate_id: 'c' }), 'chose a candidate that it was not offered'],
    ['another shape', answering({ candidate: 'a' }), 'answered without a candidate_id that is a text or null'],
    ['a number', answering({ candidate_id: 7 }), 'answered without a candidate_id that is a text or null'],
    ['null', answering(null), 'answered without a candidate_id that is a text or null'],
    ['an error', answering({ candidate_id: 'a' }, 500), 'answered with HTTP 500'],
    ['another success', answering({ candidate_id: 'a' }, 201), 'answered with HTTP 201'],
    ['a page', () => Promise.resolve(new Response('<html>')), 'answered with something that is not JSON'],
    [
      'a redirection',
      () => Promise.resolve(Response.redirect('http://127.0.0.1:1/', 302)),
      'answered with a redirection, which is not followed',
    ],
    ['too much', () => Promise.resolve(new Response('x'.repeat(70_000))), 'answered with more than 65536 bytes'],
    ['no connection', () => Promise.reject(new TypeError('connect ECONNREFUSED 10.0.0.1:9000')), 'cannot be reached'],
  ])('is warned about when it answers with %s', async (_, fetch, what) => {
    expect(await clientOf(fetch).choose()).toEqual({ ok: false, warning: `the external scheduler ${what}` })
  })

  it('is not waited for longer than its timeout, and is told so', async () => {
    let signal: AbortSignal | null | undefined
    const { clock, choose } = clientOf((_, init) => {
      signal = init.signal
      return new Promise(() => undefined)
    })
    const choice = choose()
    await clock.advance(999)
    expect(signal?.aborted).toBe(false)
    await clock.advance(1)
    expect(await choice).toEqual({ ok: false, warning: 'the external scheduler did not answer: its answer took longer than 1000 ms' })
    expect(signal?.aborted).toBe(true)
  })

  it('is not asked when nobody passes the filters', async () => {
    let asked = 0
    const { scheduler } = clientOf(() => {
      asked += 1
      return answering({ candidate_id: 'a' })()
    })
    const large = { tier: 'cluster', virtualization: 'wasm', architectures: [], constraints: [] } as const
    const resources = { memoryMiB: 0, vcpus: 0, vgpus: 0, storageMiB: 0 }
    const choice = await scheduler.choose({ ...large, resources }, [], 'binpack', new AbortController().signal)
    expect([asked, warningOf(choice)]).toEqual([0, 'the external scheduler was not asked: no candidate passes the filters'])
  })

  it('is asked by a limited number of placements at one time', async () => {
    const answers: ((response: Response) => void)[] = []
    const { choose } = clientOf(() => new Promise((resolve) => answers.push(resolve)))
    const choices = Array.from({ length: 33 }, () => choose())
    expect(warningOf(await (choices[32] ?? choose()))).toContain('32 questions wait for their answer already')
    expect(answers).toHaveLength(32)
    for (const answer of answers) answer(Response.json({ candidate_id: 'a' }))
    expect((await Promise.all(choices)).filter((choice) => choice.ok)).toHaveLength(32)
  })

  it('gets its token, and follows nothing by itself', async () => {
    const calls: RequestInit[] = []
    const fetch = (_: string, init: RequestInit) => {
      calls.push(init)
      return answering({ candidate_id: 'a' })()
    }
    await clientOf(fetch, { token: 's3cret' }).choose()
    expect(new Headers(calls[0]?.headers).get('authorization')).toBe('Bearer s3cret')
    expect(calls[0]).toMatchObject({ method: 'POST', redirect: 'manual' })
  })

  it('cannot be made for what can never be asked', () => {
    const made = (options: object) => () => clientOf(answering({}), options)
    expect(made({ url: 'file:///etc/passwd' })).toThrow('must be an http: or https: URL')
    expect(made({ url: 'somewhere' })).toThrow('must be an http: or https: URL')
    expect(made({ url: 'http://me:pw@host/' })).toThrow('must not hold a user or password')
    expect(made({ token: 'two\nlines' })).toThrow('must be printable ASCII')
  })
})

describe('an external scheduler that fails', () => {
  it('is left alone for a while after three failures in a row, and asked by one question then', async () => {
    let asked = 0
    let isBroken = true
    const logger = recordingLogger()
    const fetch = () => {
      asked += 1
      return answering(isBroken ? {} : { candidate_id: 'a' })()
    }
    const { clock, choose } = clientOf(fetch, { logger })
    for (let time = 0; time < 3; time += 1) await choose()
    expect(warningOf(await choose())).toBe('the external scheduler is not asked for the next 30 s, for it failed several times in a row')
    expect(asked).toBe(3)

    await clock.advance(30_000)
    await Promise.all([choose(), choose()])
    expect(asked).toBe(4)
    expect((await choose()).ok).toBe(false)
    expect(asked).toBe(4)

    await clock.advance(30_000)
    isBroken = false
    expect((await choose()).ok).toBe(true)
    expect((await choose()).ok).toBe(true)
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: the external scheduler failed several times in a row: the built-in policy chooses for a while',
      'info: the external scheduler answers again',
    ])
  })

  it('is forgiven failures by every good answer in between', async () => {
    let asked = 0
    const { choose } = clientOf(() => {
      asked += 1
      return answering(asked % 3 === 0 ? { candidate_id: 'a' } : {})()
    })
    for (let time = 0; time < 9; time += 1) await choose()
    expect(asked).toBe(9)
  })

  it('is not blamed when the placement was called off', async () => {
    let asked = 0
    const { choose } = clientOf((_, init) => {
      asked += 1
      return new Promise((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    })
    for (let time = 0; time < 5; time += 1) {
      const placement = new AbortController()
      const choice = choose(placement.signal)
      placement.abort()
      expect(warningOf(await choice)).toBe('the external scheduler was not waited for: the placement was called off')
    }
    expect(asked).toBe(5)
    expect(warningOf(await choose(AbortSignal.abort()))).toContain('was not asked')
  })
})

describe('over HTTP', () => {
  const servers: ReturnType<typeof createServer>[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  async function askServer(listener: RequestListener, timeoutMs = 5000): Promise<Choice> {
    const server = createServer(listener)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    return clientOf(globalThis.fetch, { url, timeoutMs, clock: realClock }).choose()
  }

  it('gets an answer', async () => {
    expect(await askServer((_, response) => response.end('{"candidate_id":"b"}'))).toEqual({ ok: true, candidateId: 'b' })
  })

  it('does not follow a redirection', async () => {
    const choice = await askServer((_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end())
    expect(warningOf(choice)).toBe('the external scheduler answered with a redirection, which is not followed')
  })

  it('does not read an endless answer', async () => {
    const choice = await askServer((_, response) => {
      const more = () => void (response.destroyed || response.write('x'.repeat(16_384), () => setImmediate(more)))
      more()
    })
    expect(warningOf(choice)).toBe('the external scheduler answered with more than 65536 bytes')
  })

  it('does not wait for an answer that never ends', async () => {
    const choice = await askServer((_, response) => void response.write('{'), 50)
    expect(warningOf(choice)).toBe('the external scheduler did not answer: its answer took longer than 50 ms')
  })

  it('notices that nobody is there', async () => {
    const { choose } = clientOf(globalThis.fetch, { url: 'http://127.0.0.1:9/', clock: realClock })
    expect(warningOf(await choose())).toBe('the external scheduler cannot be reached')
  })
})
