import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { switchVirtualization } from './switch-virtualization.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oak-config-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const enabled = (file: string) => loadConfig({ env: {}, flags: {}, file }).config.node.unikernel.enabled

describe('a virtualization that is switched on', () => {
  it('is on in a file that was not there, and off again', () => {
    const file = join(dir, 'etc/oak.yaml')
    switchVirtualization(file, 'unikernel', 'on')
    expect(enabled(file)).toBe(true)
    switchVirtualization(file, 'unikernel', 'off')
    expect(enabled(file)).toBe(false)
  })

  it('leaves the rest of the file as it is', () => {
    const file = join(dir, 'oak.yaml')
    writeFileSync(file, '# ours\nnode:\n  name: n1 # the first\n')
    switchVirtualization(file, 'unikernel', 'enable')
    expect(readFileSync(file, 'utf8')).toBe('# ours\nnode:\n  name: n1 # the first\n  unikernel:\n    enabled: true\n')
  })

  it('is one that there is, and on or off', () => {
    const file = join(dir, 'oak.yaml')
    expect(() => switchVirtualization(file, 'wasm', 'on')).toThrow('there is unikernel')
    expect(() => switchVirtualization(file, 'unikernel', 'perhaps')).toThrow('expected on or off')
    writeFileSync(file, 'a: [')
    expect(() => switchVirtualization(file, 'unikernel', 'on')).toThrow('is not YAML')
  })
})

describe('the setting', () => {
  it.each([
    ['=true', true],
    ['on', true],
    ['enable', true],
    ['false', false],
    ['off', false],
  ])('takes upstream\'s "%s"', (word, expected) => {
    expect(loadConfig({ env: {}, flags: { 'node.unikernel.enabled': word } }).config.node.unikernel.enabled).toBe(expected)
  })
})
