export { createFakeLogKeeper } from './fake/fake-log-keeper.ts'
export { FakeMachine } from './fake/fake-machine.ts'
export { createFakeRuntime, type FakeRuntimeOptions } from './fake/fake-runtime.ts'
export { type Behaviour, describeRuntimeContract, type RuntimeUnderTest } from './testing/runtime-contract.ts'
