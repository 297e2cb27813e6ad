import { describe, expect, it } from 'vitest'
import { sampleAttachment } from '../testing/sample-input.ts'
import { settlePortClaims } from './port-claims.ts'

const WEB = { hostPort: 80, containerPort: 8080, protocol: 'tcp' } as const
const free = { current: new Map(), otherOwner: () => undefined }

describe('claims to the ports of the machine', () => {
  it('go to the first who asks', () => {
    const [first, second] = [sampleAttachment(1, [WEB]), sampleAttachment(2, [WEB])]
    const { accepted, refused } = settlePortClaims([first, second], free)
    expect(accepted).toEqual([first])
    expect(refused).toEqual([{ attachment: second, port: '80/tcp', owner: `instance ${first.instanceId}` }])
  })

  it('stay with the one who has it', () => {
    const [first, second] = [sampleAttachment(1, [WEB]), sampleAttachment(2, [WEB])]
    const { accepted } = settlePortClaims([first, second], { ...free, current: new Map([['80/tcp', second.namespaceV4]]) })
    expect(accepted).toEqual([second])
  })

  it('do not ask about ports that are ours already', () => {
    const attachment = sampleAttachment(1, [WEB])
    const knowledge = { current: new Map([['80/tcp', attachment.namespaceV4]] as const), otherOwner: () => 'a program of this machine' }
    expect(settlePortClaims([attachment], knowledge).refused).toEqual([])
  })

  it('are all refused when one cannot be met', () => {
    const greedy = sampleAttachment(1, [WEB, { ...WEB, hostPort: 81 }])
    const modest = sampleAttachment(2, [WEB])
    const { accepted } = settlePortClaims([greedy, modest], { ...free, otherOwner: (port) => (port === '81/tcp' ? 'somebody' : undefined) })
    expect(accepted).toEqual([modest])
  })

  it('are refused when an instance wants one port twice', () => {
    const attachment = sampleAttachment(1, [WEB, { ...WEB, containerPort: 8081 }])
    expect(settlePortClaims([attachment], free).refused).toMatchObject([{ owner: 'itself, a second time' }])
  })
})
