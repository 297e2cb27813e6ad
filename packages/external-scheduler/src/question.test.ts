import type { InstanceSpec } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { questionOf } from './question.ts'
import { nodeOf, nodes, request } from './testing/samples.ts'

describe('a question to an external scheduler', () => {
  it('names only who can take the instance, those that the policy likes best first', () => {
    const { body, candidateIds } = questionOf(request, nodes, 'bestCpuMemFit')
    expect([...candidateIds]).toEqual(['b', 'a'])
    expect(JSON.parse(body)).toEqual({
      version: 1,
      policy: 'bestCpuMemFit',
      request: {
        tier: 'cluster',
        virtualization: 'container',
        architectures: [],
        resources: { vcpus: 1, memory_mib: 100, vgpus: 0, storage_mib: 0 },
        ports: [],
        volumes: [],
        constraints: [],
      },
      candidates: [
        expect.objectContaining({ id: 'b', name: 'node-b', labels: [], areas: [], peers: 0 }),
        expect.objectContaining({
          id: 'a',
          slots: [
            {
              architecture: 'amd64',
              virtualizations: ['container'],
              vcpus_total: 4,
              vcpus_free: 64,
              memory_free_mib: 4000,
              vgpus_free: 0,
              storage_free_mib: 10_000,
            },
          ],
        }),
      ],
    })
  })

  it('says where candidates are and what is asked for, in the words of its contract', () => {
    const coordinates = { position: [1, 2, 3], heightMs: 1.5, error: 0.1 }
    const placed = { ...nodeOf('a'), areas: [{ lat: 48, lon: 11, radiusKm: 2 }], coordinates }
    const constraints = [{ type: 'geo', location: '48,11', thresholdKm: 5 }] as const
    const asked = { ...request, constraints, ports: [{ hostPort: 80, containerPort: 8080, protocol: 'tcp' }] as const }
    const { candidates, request: told } = JSON.parse(questionOf(asked, [placed], 'ldp').body)
    expect(candidates[0]).toMatchObject({
      areas: [{ lat: 48, lon: 11, radius_km: 2 }],
      coordinates: { position: [1, 2, 3], height_ms: 1.5, error: 0.1 },
    })
    expect(told).toMatchObject({
      ports: [{ host_port: 80, container_port: 8080, protocol: 'tcp' }],
      constraints: [{ type: 'geo', location: '48,11', threshold_km: 5 }],
    })
  })

  it('tells nothing that could be a secret', () => {
    const secrets: Partial<InstanceSpec> = { environment: ['PASSWORD=hunter2'], command: ['--token=hunter2'], image: 'hunter2' }
    const volumes = [{ volumeId: 'v', csiDriver: '', mountPath: '/v', config: { password: 'hunter2' } }]
    const { body } = questionOf({ ...request, ...secrets, volumes }, nodes, 'spread')
    expect(body).not.toContain('hunter2')
  })

  it('leaves out the least liked when there are too many', () => {
    const many = Array.from({ length: 1500 }, (_, index) => nodeOf(`n${index}`, 1000 + index))
    const { candidateIds } = questionOf(request, many, 'bestCpuMemFit')
    expect(candidateIds.size).toBe(1000)
    expect(candidateIds.has('n1499')).toBe(true)
    expect(candidateIds.has('n0')).toBe(false)
  })

  it('stays within its size when candidates have much to say', () => {
    const [room] = nodeOf('a').slots
    if (!room) throw new Error('a node has a slot')
    const many = Array.from({ length: 1000 }, (_, index) => ({ ...nodeOf(`c${index}`), slots: Array.from({ length: 64 }, () => room) }))
    const { body, candidateIds } = questionOf(request, many, 'bestCpuMemFit')
    expect(body.length).toBeLessThan(4.2 * 1024 * 1024)
    expect(JSON.parse(body).candidates).toHaveLength(candidateIds.size)
  })
})
