import { describe, expect, test } from 'vitest'
import { type EndingFacts, endingOf } from './ending.ts'

const facts = (changes: Partial<EndingFacts>): EndingFacts => ({
  cause: 'guest-shutdown',
  said: '',
  console: '',
  groupOutOfMemory: false,
  ...changes,
})

describe('the end of a guest', () => {
  test.each<[string, Partial<EndingFacts>, number, boolean]>([
    ['is good when it powers off', {}, 0, false],
    ['is what it says itself', { said: 'ready\n3\n' }, 3, false],
    ['is what it says itself, also when it starts anew then', { cause: 'guest-reset', said: '0\n' }, 0, false],
    ['is not what is no exit code', { said: 'took 4711 s\n999\n' }, 0, false],
    ['is bad when it wants to start anew', { cause: 'guest-reset' }, 1, false],
    ['is bad when it panics', { cause: 'guest-panicked' }, 134, false],
    [
      'is bad when its console says that it panicked, though nobody heard of it',
      { cause: 'unknown', console: 'Kernel panic - not syncing: VFS' },
      134,
      false,
    ],
    [
      'is for want of memory when Linux says so',
      { cause: 'guest-reset', console: 'x\nKernel panic - not syncing: Out of memory: y' },
      137,
      true,
    ],
    ['is forced', { cause: 'killed', said: '0\n' }, 137, false],
    ['is for want of memory when the kernel ended QEMU', { cause: 'killed', groupOutOfMemory: true }, 137, true],
  ])('%s', (_, changes, exitCode, outOfMemory) => {
    expect(endingOf(facts(changes))).toEqual({ exitCode, outOfMemory })
  })
})
