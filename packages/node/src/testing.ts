export { createFakeInstanceFiles } from './testing/fake-instance-files.ts'
export { FakeProber } from './testing/fake-prober.ts'
