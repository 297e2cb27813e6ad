import { open } from 'node:fs/promises'
import { OakError } from '@oakestra/base'
import { DIALECT_WORDS, KERNEL_HEAD_BYTES, type KernelKind, kernelKind } from './kernel-kind.ts'

const SCAN_BYTES = 1024 * 1024

/** Tells what a kernel is that is to run here. @param architecture of this machine @throws OakError `image-invalid` */
export async function kernelFor(architecture: string, path: string): Promise<KernelKind> {
  const kernel = await lookAtKernel(path)
  if (kernel.architecture === architecture) return kernel
  throw new OakError('image-invalid', `the kernel is for ${kernel.architecture}, this node is ${architecture}`)
}

async function lookAtKernel(path: string): Promise<KernelKind> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(KERNEL_HEAD_BYTES)
    const { bytesRead } = await file.read(head, 0, KERNEL_HEAD_BYTES, 0)
    return kernelKind(
      head.subarray(0, bytesRead),
      await wordsIn(file.createReadStream({ start: 0, highWaterMark: SCAN_BYTES, autoClose: false })),
    )
  } finally {
    await file.close()
  }
}

/** Which of the words a file holds, wherever the pieces it is read in happen to end. */
async function wordsIn(pieces: AsyncIterable<Buffer>): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const overlap = Math.max(...DIALECT_WORDS.map((word) => word.length)) - 1
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const window = Buffer.concat([rest, piece])
    for (const word of DIALECT_WORDS) if (window.includes(word)) found.add(word)
    rest = window.subarray(-overlap)
  }
  return found
}
