import { expect, it } from 'vitest'
import { diffDescriptor, diffLines } from './descriptor-diff.ts'

it('sees no difference in spellings, in what is empty, in the order of keys, and in what the server adds', () => {
  const present = {
    virtualization: 'docker',
    code: 'nginx',
    image: 'nginx',
    memory: 0,
    cmd: [],
    health_check: { tcp: { port: 1 }, period: 2 },
    replicas: 3,
    status: 'RUNNING',
    instance_list: [],
  }
  const next = { virtualization: 'container', image: 'nginx', cmd: [''], port: null, health_check: { period: 2, tcp: { port: 1 } } }
  expect(diffDescriptor(present, next)).toEqual([])
})

it('names what changes, appears and vanishes', () => {
  const differences = diffDescriptor({ code: 'a', memory: 1, env: ['A=1'] }, { code: 'b', environment: ['A=1'], mine: { x: 1 } })
  expect(diffLines(differences)).toEqual(['- code: "a"', '+ code: "b"', '- memory: 1', '+ mine: {"x":1}'])
})
