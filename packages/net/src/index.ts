export type { ApplyReport, Attachment, Network, NetworkInput, NodePlace, ServiceEntry } from './network.ts'
