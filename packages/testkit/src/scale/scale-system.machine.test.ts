import { describe, expect, it } from 'vitest'
import { ScaleSystem } from './scale-system.ts'

describe('a system in two processes', () => {
  it('runs what is asked for in both of them, also after root was restarted and nodes died', { timeout: 120_000 }, async () => {
    await using scene = await ScaleSystem.start({ clusters: 2, nodesPerCluster: 3, processes: 2 })
    await scene.want(20)
    await scene.running(20)
    await scene.restartRoot()
    await scene.connected()
    await scene.kill(2)
    await scene.running(20)
    const { alive, starts, clusterHop } = await scene.view()
    expect(alive).toBe(20)
    expect(starts).toBeGreaterThan(20)
    expect(clusterHop.messagesUp).toBeGreaterThan(0)
  })
})
