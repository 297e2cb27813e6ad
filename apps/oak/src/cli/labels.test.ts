import { expect, it } from 'vitest'
import { changedLabels, parseLabelChanges } from './labels.ts'

it('sets, replaces and takes away, and leaves what the configuration says alone', () => {
  const changes = parseLabelChanges(['zone=b', 'tier=', 'old-'])
  expect(changedLabels(['zone=a', 'old=1', 'kept=1', 'gpu=yes'], ['gpu=yes'], changes)).toEqual(['kept=1', 'tier=', 'zone=b'])
})

it('refuses what is no change, and two changes of one label', () => {
  expect(() => parseLabelChanges(['zone'])).toThrow('"zone" is no change of a label')
  expect(() => parseLabelChanges(['=a'])).toThrow('is no change')
  expect(() => parseLabelChanges(['zone=a', 'zone-'])).toThrow('the label zone is changed twice')
})

it('says why a label cannot be taken away', () => {
  expect(() => changedLabels(['a=1'], [], parseLabelChanges(['b-']))).toThrow('there is no label b')
  expect(() => changedLabels(['a=1'], ['a=1'], parseLabelChanges(['a-']))).toThrow("the node's own configuration")
})
