import { describe, expect, test } from 'vitest'
import { tinyKernel } from '../guest/tiny-kernel.ts'
import { kernelKind } from './kernel-kind.ts'

function linux(offset: number, magic: string): Buffer {
  const head = Buffer.alloc(1024)
  head.write(magic, offset)
  return head
}

function elf(machine: number): Buffer {
  const head = Buffer.alloc(64)
  head.write('\x7fELF', 'latin1')
  head.writeUInt16LE(machine, 18)
  return head
}

describe('a kernel', () => {
  test.each<[string, Buffer, readonly string[], object]>([
    ['of Linux', linux(0x202, 'HdrS'), [], { format: 'linux', architecture: 'amd64', dialect: 'linux' }],
    ['of Linux for arm64', linux(56, 'ARM\x64'), [], { format: 'linux', architecture: 'arm64', dialect: 'linux' }],
    ['of Linux, not compressed', elf(62), ['Linux version '], { format: 'elf', architecture: 'amd64', dialect: 'linux' }],
    ['of Unikraft as the release has it', elf(62), ['ipv4_gw_addr'], { format: 'elf', architecture: 'amd64', dialect: 'unikraft' }],
    ['of Unikraft of today', elf(62), ['netdev.ip'], { format: 'elf', architecture: 'amd64', dialect: 'unikraft-ip' }],
    ['of nobody known', tinyKernel({ kind: 'run' }), [], { format: 'multiboot', architecture: 'amd64', dialect: 'unikraft' }],
  ])('%s is known by its content', (_, head, words, kind) => {
    expect(kernelKind(head, new Set(words))).toEqual(kind)
  })

  test.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /neither Linux, ELF nor multiboot/],
    ['something compressed', Buffer.from([0x1f, 0x8b, 8]), /compressed/],
    ['an ELF file for a strange machine', elf(8), /ELF 8/],
  ])('is not %s', (_, head, reason) => {
    expect(() => kernelKind(head, new Set())).toThrow(reason)
  })
})
