import { OakError } from '@oakestra/base'
import { describe, expect, it } from 'vitest'
import { createLogger, readableSink } from './logger.ts'

function logged(
  work: (logger: ReturnType<typeof createLogger>) => void,
  level: 'info' | 'debug' = 'info',
): readonly Record<string, unknown>[] {
  const lines: string[] = []
  work(createLogger(level, { write: (line) => void lines.push(line) }))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('createLogger', () => {
  it('writes time, level, a constant message and the fields, those of its parents included', () => {
    const [line] = logged((logger) => logger.child({ cluster: 'munich' }).info('node admitted', { node: 'n1' }))
    expect(line).toMatchObject({
      level: 'info',
      msg: 'node admitted',
      cluster: 'munich',
      node: 'n1',
      time: expect.stringMatching(/^20.*Z$/),
    })
  })

  it('lets no secret and no environment of a workload through, however deep', () => {
    const spec = { environment: ['DB=secret1'], login: { password: 'secret2', nested: [{ joinToken: 'secret3', apiKey: 1 }] } }
    const text = JSON.stringify(
      logged((logger) => logger.child({ authorization: 'Bearer secret4' }).info('made', { spec, token: 'secret5' })),
    )
    expect(text).not.toMatch(/secret\d/)
    expect(text).toContain('[redacted]')
  })

  it('tells the whole chain of an error', () => {
    const cause = new Error('ENOSPC')
    const err = new OakError('unavailable', 'cannot store the document', { cause, details: { generation: 7 } })
    const [line] = logged((logger) => logger.error('session failed', { err }))
    expect(line?.['err']).toMatchObject({
      code: 'unavailable',
      message: 'cannot store the document',
      details: { generation: 7 },
      cause: { message: 'ENOSPC' },
    })
  })

  it('survives what cannot be printed', () => {
    const loop: Record<string, unknown> = { big: 10n }
    loop['self'] = loop
    expect(() => logged((logger) => logger.info('odd', { loop }))).not.toThrow()
  })

  it('leaves out what is below its level', () => {
    expect(logged((logger) => logger.debug('detail'))).toEqual([])
    expect(logged((logger) => logger.debug('detail'), 'debug')).toHaveLength(1)
  })
})

it('shows a person the same in one readable line', () => {
  const lines: string[] = []
  createLogger(
    'info',
    readableSink((line) => void lines.push(line)),
  ).warn('link lost', { cluster: 'munich', err: new Error('ECONNRESET') })
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}link lost cluster=munich err="ECONNRESET"$/)
})
