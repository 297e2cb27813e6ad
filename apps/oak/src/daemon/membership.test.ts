import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@oakestra/base'
import { ensureIdentityKey, makeIdentity, makeSigningRequest, saveIdentity } from '@oakestra/pki'
import { memoryAuthority } from '@oakestra/pki/testing'
import { INBOX_COLLECTIONS, Inbox } from '@oakestra/session'
import { createMemoryStore } from '@oakestra/store/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ensureMembership } from './membership.ts'

const EMPTY_DIGEST = '0'.repeat(32)
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oak-membership-'))
  const { caPem, issueClient } = await memoryAuthority()
  const keyPem = await ensureIdentityKey(dir)
  const certificatePem = issueClient({ kind: 'node', id: '0123456789abcdef01234567', csrPem: makeSigningRequest(keyPem, 'node') })
  await saveIdentity(dir, makeIdentity({ keyPem, certificatePem, caPem }))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

function membership() {
  const signal = new AbortController().signal
  return ensureMembership({ kind: 'node', name: 'n1', dir, joinToken: undefined, parent: '127.0.0.1:1', signal, logger: silentLogger })
}

async function storeWithDocument() {
  const store = createMemoryStore({ collections: INBOX_COLLECTIONS })
  const head = { epoch: 'old', generation: 1, digest: EMPTY_DIGEST }
  await new Inbox(store).apply({ type: 'document', head, mode: 'all', put: [], remove: [], more: false })
  return store
}

it('takes in the document of an unknown parent only after it has joined anew', async () => {
  const store = await storeWithDocument()
  await (await membership()).acceptParent(store)
  expect(await new Inbox(store).expectsNewParent()).toBe(false)
  await writeFile(join(dir, 'joined-anew'), '')
  await (await membership()).acceptParent(store)
  expect(await new Inbox(store).expectsNewParent()).toBe(true)
  expect(existsSync(join(dir, 'joined-anew'))).toBe(false)
})
