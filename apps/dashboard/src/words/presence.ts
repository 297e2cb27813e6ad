import type { Api } from '@oakestra/api-client'
import type { StatusText } from './status.ts'

type Seen = Pick<Api.Cluster, 'presence' | 'cordoned' | 'removing'> & { readonly draining?: boolean }

/** How a cluster or a node stands, in one word. */
export function presenceText({ presence, cordoned, removing, draining }: Seen): StatusText {
  if (presence === 'lost') return { tone: 'bad', text: 'Lost' }
  if (presence === 'away') return { tone: 'warn', text: 'Away' }
  if (removing) return { tone: 'warn', text: 'Being removed' }
  if (draining) return { tone: 'busy', text: 'Draining' }
  return cordoned ? { tone: 'warn', text: 'Cordoned' } : { tone: 'good', text: 'Ready' }
}

/** What that means for what it has. */
export function presenceHint(thing: 'cluster' | 'node', { presence, cordoned, removing, draining }: Seen): string {
  if (presence === 'lost') return `Not heard of for so long that what this ${thing} has is started elsewhere.`
  if (presence === 'away') return `Not connected. What this ${thing} has is left to it, and goes on there.`
  if (removing) return 'It goes once what it has is elsewhere.'
  if (draining) return 'What it has is being moved to other nodes.'
  return cordoned ? 'It keeps what it has, and gets nothing new.' : 'Connected, and takes what fits.'
}
