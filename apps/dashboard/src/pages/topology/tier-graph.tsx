import type { Api } from '@oakestra/api-client'
import { useMemo } from 'react'
import { NODES_MAX, tiersOf } from './graph-model.ts'
import { PictureView } from './picture-view.tsx'

interface TierGraphProps {
  readonly clusters: readonly Api.Cluster[]
  readonly nodes: readonly Api.Node[]
  readonly services: readonly Api.Service[]
}

export default function TierGraph({ clusters, nodes, services }: TierGraphProps) {
  const picture = useMemo(() => tiersOf(clusters, nodes, services), [clusters, nodes, services])
  return (
    <>
      <PictureView label="Root, clusters and nodes" picture={picture} />
      {nodes.length > NODES_MAX ? (
        <p className="oak-map-note">{nodes.length} nodes are too many to draw: they are on the pages of their clusters.</p>
      ) : null}
    </>
  )
}
