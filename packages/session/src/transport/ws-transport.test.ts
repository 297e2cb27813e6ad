import { transportContract } from './testing/transport-contract.ts'
import { startWsUnderTest } from './testing/ws-under-test.ts'

transportContract('WebSocket over TLS', startWsUnderTest)
