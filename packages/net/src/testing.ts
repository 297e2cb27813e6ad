export { FakeKernel } from './fake/fake-kernel.ts'
export { createFakeNetwork, type FakeNetworkOptions } from './fake/fake-network.ts'
export { describeNetworkContract, type NetworkUnderTest } from './testing/network-contract.ts'
export { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from './testing/sample-input.ts'
