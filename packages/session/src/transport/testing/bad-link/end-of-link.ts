/**
 * One end of sessions over a bad link, as a process of its own, to be started inside a namespace:
 * `end-of-link.ts parent DIR DATAGRAMS CHILDREN` makes identities in DIR and listens; `end-of-link.ts child DIR DATAGRAMS CHILDREN` connects and
 * stays connected. Each prints what happens as lines of JSON and ends with its standard input.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { realClock, realRandom, silentLogger } from '@oakestra/base'
import { type Identity, makeIdentity } from '@oakestra/pki'
import { memoryAuthority, memoryIdentity } from '@oakestra/pki/testing'
import type { Channel } from '../../transport.ts'
import { createWsChildTransport } from '../../ws-child-transport.ts'
import { createWsParentTransport } from '../../ws-parent-transport.ts'
import { PARENT_ADDRESS } from './bad-link.ts'

const PORT = 10_101
// A handshake of many packets takes its time on a link like this.
const CONNECT_TIMEOUT_MS = 20_000
const [role, dir = '', datagrams = 'true', children = '1'] = process.argv.slice(2)
const identitiesFile = path.join(dir, 'identities.json')

const say = (line: Readonly<Record<string, unknown>>) => process.stdout.write(`${JSON.stringify({ role, ...line })}\n`)

function follow(channel: Channel, onEnd: () => void = () => undefined): void {
  channel.onMessage(() => undefined)
  channel.onClose(({ how, silentMs, reason }) => {
    say({ event: 'end', how, silentMs: Math.round(silentMs), reason })
    onEnd()
  })
  say({ event: 'connected' })
}

async function runParent(): Promise<void> {
  const authority = await memoryAuthority()
  const names = Array.from({ length: Number(children) }, (_, index) => ({
    kind: 'node' as const,
    id: index.toString(16).padStart(24, '0'),
  }))
  const identities = await Promise.all(names.map((name) => memoryIdentity(authority, name)))
  const credentials = await authority.issueServer({ commonName: 'parent', hosts: ['oakestra-parent'] })
  const transport = createWsParentTransport({
    childKind: 'node',
    port: PORT,
    caPem: authority.caPem,
    credentials: async () => credentials,
    clock: realClock,
    logger: silentLogger,
    datagrams: datagrams === 'true',
  })
  await transport.listen({ onChannel: (channel) => follow(channel) })
  await writeFile(`${identitiesFile}.new`, JSON.stringify(identities))
  await rename(`${identitiesFile}.new`, identitiesFile)
  say({ event: 'ready' })
}

async function runChild(): Promise<void> {
  const identities = JSON.parse(await readFile(identitiesFile, 'utf8')) as readonly Identity[]
  for (const { keyPem, certificatePem, caPem } of identities) keepConnected(makeIdentity({ keyPem, certificatePem, caPem }))
}

function keepConnected(identity: Identity): void {
  const transport = createWsChildTransport({
    addresses: () => [`${PARENT_ADDRESS}:${PORT}`],
    identity: () => identity,
    clock: realClock,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    datagrams: datagrams === 'true',
  })
  const connect = async () => {
    try {
      follow(await transport.connect(new AbortController().signal), connectSoon)
    } catch {
      connectSoon()
    }
  }
  const connectSoon = () => void realClock.after(500 + 1_000 * realRandom.next(), () => void connect())
  void connect()
}

process.stdin.resume()
process.stdin.once('end', () => process.exit(0))
await (role === 'parent' ? runParent() : runChild())
