export { MemoryNetwork, type MemoryNetworkOptions } from './transport/testing/memory-network.ts'
export { startTcpProxy, type TcpProxy } from './transport/testing/tcp-proxy.ts'
