import { describe, expect, it } from 'vitest'
import { Session, type StoredTokens } from './session.ts'

const NOW_S = 1_000_000

function token(name: string, expS: number, more: object = {}): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: name, roles: ['Admin'], organization: 'o', exp: expS, ...more })}.sign`
}

function world(stored: StoredTokens | undefined, renew: (refresh: string) => Promise<string | undefined> = async () => undefined) {
  let kept = stored
  let changed = () => {}
  const asked: string[] = []
  const session = new Session({
    shelf: {
      read: () => kept,
      write: (tokens) => {
        kept = tokens
      },
      onChange: (listener) => {
        changed = listener
        return () => {}
      },
    },
    clock: { wallMs: () => NOW_S * 1000 },
    renew: (refresh) => {
      asked.push(refresh)
      return renew(refresh)
    },
  })
  const elsewhere = (tokens: StoredTokens | undefined) => {
    kept = tokens
    changed()
  }
  return { session, asked, elsewhere, kept: () => kept }
}

const good = { token: token('ada', NOW_S + 600), refreshToken: 'r' }
const old = { token: token('ada', NOW_S - 1), refreshToken: 'r' }

describe('a session', () => {
  it('knows who is logged in from what the browser kept', async () => {
    const { session } = world(good)
    expect(session.standing()).toMatchObject({ kind: 'in', claims: { userName: 'ada', roles: ['Admin'] } })
    expect(await session.token()).toBe(good.token)
  })

  it('has nobody with a token that is none', () => {
    expect(world({ token: 'nonsense', refreshToken: 'r' }).session.standing()).toEqual({ kind: 'out', expired: false })
  })

  it('renews an ended token once for all calls that wait for it', async () => {
    const fresh = token('ada', NOW_S + 600)
    const { session, asked, kept } = world(old, async () => fresh)
    expect(await Promise.all([session.token(), session.token(), session.token()])).toEqual([fresh, fresh, fresh])
    expect(asked).toEqual(['r'])
    expect(kept()).toEqual({ token: fresh, refreshToken: 'r' })
  })

  it('ends, and says that it ended, when root refuses to renew it', async () => {
    const { session, kept } = world(old)
    expect(await session.token()).toBeUndefined()
    expect(session.standing()).toEqual({ kind: 'out', expired: true })
    expect(kept()).toBeUndefined()
  })

  it('stays when root cannot be asked', async () => {
    const { session } = world(old, async () => {
      throw new Error('nobody answers')
    })
    await expect(session.token()).rejects.toThrow('nobody answers')
    expect(session.standing().kind).toBe('in')
  })

  it('follows a login and a logout in another page', () => {
    const { session, elsewhere } = world(undefined)
    elsewhere(good)
    expect(session.standing().kind).toBe('in')
    elsewhere(undefined)
    expect(session.standing()).toEqual({ kind: 'out', expired: false })
  })

  it('does not bring back somebody who logged out while it was renewed', async () => {
    let answer: (token: string) => void = () => {}
    const { session, kept } = world(old, () => new Promise((resolve) => (answer = resolve)))
    const waiting = session.token()
    session.logOut()
    answer(token('ada', NOW_S + 600))
    expect(await waiting).toBeUndefined()
    expect(kept()).toBeUndefined()
    expect(session.standing().kind).toBe('out')
  })
})
