import { instanceSpecSchema } from '@oakestra/wire'
import type { LocalInstance } from './state.ts'

/** A record as this version understands it: what an older agent did not write has the descriptor's defaults. */
export function readLocal(local: LocalInstance): LocalInstance {
  if ('stopGraceMs' in local.spec) return local
  const spec = instanceSpecSchema.safeParse(local.spec)
  return spec.success ? { ...local, spec: spec.data } : local
}
