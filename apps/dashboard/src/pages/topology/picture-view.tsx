import dagre from '@dagrejs/dagre'
import { Controls, type Edge, Handle, MarkerType, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Picture, Thing } from './graph-model.ts'

type Box = Node<{ readonly thing: Thing; readonly sideways: boolean }, 'thing'>

const WIDTH = 200
const HEIGHT = 62

interface PictureViewProps {
  readonly label: string
  readonly picture: Picture
  /** From left to right instead of downwards. */
  readonly sideways?: boolean
}

/** Draws things and their links; a click or Enter leads to the thing. */
export function PictureView({ label, picture, sideways = false }: PictureViewProps) {
  const navigate = useNavigate()
  const { nodes, edges } = useMemo(() => laidOut(picture, sideways), [picture, sideways])
  return (
    <ReactFlow
      aria-label={label}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      onNodeClick={(_, { data }) => void navigate({ to: data.thing.to })}
      nodesConnectable={false}
      nodesDraggable={false}
      edgesFocusable={false}
      fitView
      fitViewOptions={{ maxZoom: 1.1, padding: 0.12 }}
      minZoom={0.1}
      proOptions={{ hideAttribution: true }}
    >
      <Controls showInteractive={false} />
    </ReactFlow>
  )
}

const NODE_TYPES = { thing: ThingBox }

function ThingBox({ data: { thing, sideways } }: NodeProps<Box>) {
  return (
    <div className="oak-topo-node" data-tone={thing.tone}>
      <Handle type="target" position={sideways ? Position.Left : Position.Top} isConnectable={false} />
      <strong>{thing.title}</strong>
      <span className="oak-sub">{thing.text}</span>
      <Handle type="source" position={sideways ? Position.Right : Position.Bottom} isConnectable={false} />
    </div>
  )
}

function laidOut({ things, links }: Picture, sideways: boolean): { readonly nodes: Box[]; readonly edges: Edge[] } {
  const graph = new dagre.graphlib.Graph()
  graph.setGraph({ rankdir: sideways ? 'LR' : 'TB', nodesep: 28, ranksep: sideways ? 150 : 78 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of things) graph.setNode(id, { width: WIDTH, height: HEIGHT })
  for (const { from, to } of links) graph.setEdge(from, to)
  dagre.layout(graph)
  const nodes = things.map((thing): Box => {
    const { x, y } = graph.node(thing.id)
    return {
      id: thing.id,
      type: 'thing',
      position: { x: x - WIDTH / 2, y: y - HEIGHT / 2 },
      data: { thing, sideways },
      ariaLabel: `${thing.title}: ${thing.text}`,
    }
  })
  const edges = links.map(
    ({ from, to, label }): Edge => ({
      id: `${from}-${to}-${label ?? ''}`,
      source: from,
      target: to,
      ...(label === undefined ? {} : { label, markerEnd: { type: MarkerType.ArrowClosed } }),
    }),
  )
  return { nodes, edges }
}
