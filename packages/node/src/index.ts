export { createNode, type Node, type NodeOptions, nodeTag } from './create-node.ts'
export { type Machine, primaryAddress, thisMachine } from './machine.ts'
export { NODE_COLLECTIONS } from './state.ts'
