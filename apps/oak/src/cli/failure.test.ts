import { OakError } from '@oakestra/base'
import { expect, it } from 'vitest'
import { CliFailure, EXIT, toFailure, toLocalFailure } from './failure.ts'

it('knows a failure of the other bundle, which has a class of its own by the same name', () => {
  const foreign = Object.assign(new Error('not ready'), { name: 'CliFailure', exitCode: EXIT.timedOut, hint: 'look at the log' })
  expect(toFailure(foreign)).toBe(foreign)
})

it('gives what root refused a step about root, and what this machine refused none', () => {
  const refused = new OakError('forbidden', 'the parent refused')
  expect(toFailure(refused)).toMatchObject({ exitCode: EXIT.refused, hint: expect.stringContaining('oak login') })
  expect(toLocalFailure(refused)).toMatchObject({ exitCode: EXIT.refused, message: 'the parent refused', hint: undefined })
})

it('takes a wrong setting or token of a daemon as a wrong command line', () => {
  expect(toLocalFailure(new OakError('bad-request', 'the token is damaged')).exitCode).toBe(EXIT.usage)
  expect(toLocalFailure(new CliFailure(EXIT.timedOut, 'not ready')).exitCode).toBe(EXIT.timedOut)
})
