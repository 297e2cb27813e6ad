import { OakError } from '@oakestra/base'
import { describe, expect, it } from 'vitest'
import { describeNetworkContract } from '../testing/network-contract.ts'
import { sampleAttachment, sampleInput } from '../testing/sample-input.ts'
import { FakeKernel } from './fake-kernel.ts'
import { createFakeNetwork } from './fake-network.ts'

const TAG = 'fa4e1'

describeNetworkContract('the fake network', async () => {
  const kernel = new FakeKernel()
  return { network: (tag) => createFakeNetwork({ tag, kernel }), [Symbol.asyncDispose]: async () => undefined }
})

describe('the fake network', () => {
  it('fails where a test says so, and converges afterwards', async () => {
    const kernel = new FakeKernel()
    const network = createFakeNetwork({ tag: TAG, kernel })
    kernel.beforeStep = (step) => {
      if (step.do === 'add-port') throw new OakError('unavailable', 'no more links')
    }
    await expect(network.apply(sampleInput(TAG))).rejects.toMatchObject({ code: 'unavailable' })
    kernel.beforeStep = () => undefined
    await network.apply(sampleInput(TAG))
    expect(await network.verify(sampleInput(TAG))).toEqual([])
  })

  it('notices damage when it verifies, and repairs it at the next application', async () => {
    const kernel = new FakeKernel()
    const network = createFakeNetwork({ tag: TAG, kernel })
    await network.apply(sampleInput(TAG))
    kernel.damage(TAG, (state) => ({ ...state, routes: [], tables: state.tables.slice(1) }))
    const differences = await network.verify(sampleInput(TAG))
    expect(differences).toContain(`missing: table inet oak_${TAG}`)
    await network.apply(sampleInput(TAG))
    expect(await network.verify(sampleInput(TAG))).toEqual([])
  })

  it('counts the connections that a test says there are', async () => {
    const kernel = new FakeKernel()
    const network = createFakeNetwork({ tag: TAG, kernel })
    kernel.flows = [{ source: '10.30.0.1', destination: '10.30.1.1', answeredBy: '10.30.0.2' }]
    expect(await network.activity()).toEqual(new Map())
    await network.apply(sampleInput(TAG))
    expect(await network.activity()).toEqual(new Map([['10.30.1.1', 1]]))
  })

  it('refuses a port that a program of the machine has', async () => {
    const kernel = new FakeKernel()
    kernel.boundPorts.add('8080/tcp')
    const network = createFakeNetwork({ tag: TAG, kernel })
    await expect(network.apply(sampleInput(TAG))).rejects.toMatchObject({
      code: 'port-in-use',
      message: /a program of this machine has it/,
    })
    expect(kernel.namespaces(TAG)).toEqual([`oak-${TAG}-${sampleAttachment(1).instanceId}`])
  })
})
