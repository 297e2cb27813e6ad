import type { ReactNode } from 'react'
import { Bones } from './bones.tsx'
import { Failed } from './empty.tsx'

/** A query of one document, or of pages. */
interface Asked<Data> {
  readonly data: Data | undefined
  readonly isError: boolean
  readonly error: unknown
  refetch(): unknown
}

interface AnsweredProps<Data> {
  readonly query: Asked<Data>
  readonly bones?: ReactNode
  readonly back?: { readonly text: string; readonly to: string }
  readonly children: (data: Data) => ReactNode
}

/** Shows what was answered; until then its outline, and when it failed, why. What is known stays while it is asked for again. */
export function Answered<Data>({ query, bones, back, children }: AnsweredProps<Data>) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} {...(back ? { back } : {})} />
  return bones ?? <Bones />
}
