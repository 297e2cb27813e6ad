import { OakError } from '@oakestra/base'
import type { Runtime } from '../runtime.ts'
import type { ContainerdRuntimeOptions } from './options.ts'

/** Runs containers through containerd. */
export async function createContainerdRuntime(_options: ContainerdRuntimeOptions): Promise<Runtime> {
  throw new OakError('not-supported', 'not built yet')
}
