import type { Api } from '@oakestra/api-client'
import { useNavigate } from '@tanstack/react-router'
import { geoCircle, geoGraticule10, geoNaturalEarth1, geoPath } from 'd3-geo'
import { select } from 'd3-selection'
import { type ZoomTransform, zoom, zoomIdentity } from 'd3-zoom'
import { useEffect, useMemo, useRef, useState } from 'react'
import { feature } from 'topojson-client'
import world from 'world-atlas/land-110m.json'
import { presenceText } from '../../words/presence.ts'
import { type Area, placeOf } from './place-of.ts'

const WIDTH = 1000
const HEIGHT = 520
const EARTH_RADIUS_M = 6_371_000

interface Placed {
  readonly cluster: Api.Cluster
  readonly area: Area
}

/** The world, with what ships: nothing is fetched from elsewhere. */
export default function ClusterMap({
  clusters,
  nodes,
}: {
  readonly clusters: readonly Api.Cluster[]
  readonly nodes: readonly Api.Node[]
}) {
  const svg = useRef<SVGSVGElement>(null)
  const [view, setView] = useState<ZoomTransform>(zoomIdentity)
  const { land, lines, project, path } = useMemo(makeWorld, [])
  useEffect(() => {
    if (!svg.current) return
    const behaviour = zoom<SVGSVGElement, unknown>()
      .scaleExtent([1, 60])
      .translateExtent([
        [0, 0],
        [WIDTH, HEIGHT],
      ])
      .on('zoom', (event: { readonly transform: ZoomTransform }) => setView(event.transform))
    select(svg.current).call(behaviour)
  }, [])
  const placed = clusters.flatMap((cluster): Placed[] => {
    const area = placeOf(cluster.cluster_location)
    return area ? [{ cluster, area }] : []
  })
  const without = clusters.length - placed.length
  return (
    <>
      <svg ref={svg} className="oak-map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label="Map of the clusters and their nodes">
        <g transform={view.toString()}>
          <path className="oak-map-lines" d={lines} />
          <path className="oak-map-land" d={land} />
          {placed.map(({ cluster, area }) => (
            <path key={cluster._id} className="oak-map-area" data-tone={presenceText(cluster).tone} d={path(circleOf(area)) ?? ''} />
          ))}
        </g>
        {nodes.map((node) => (node.location ? <NodeMark key={node.id} node={node} at={view.apply(project(node.location))} /> : null))}
        {placed.map(({ cluster, area }) => (
          <Mark key={cluster._id} cluster={cluster} at={view.apply(project(area))} />
        ))}
      </svg>
      {without > 0 ? (
        <p className="oak-map-note">
          {without === clusters.length ? 'No cluster says where it is.' : `${without} say not where they are.`} A cluster tells it by its
          setting <span className="oak-mono">cluster.location</span>, as lat,lon,radius.
        </p>
      ) : null}
    </>
  )
}

function Mark({ cluster, at: [x, y] }: { readonly cluster: Api.Cluster; readonly at: readonly [number, number] }) {
  const navigate = useNavigate()
  const go = () => void navigate({ to: '/clusters/$clusterId', params: { clusterId: cluster._id } })
  const status = presenceText(cluster)
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no links inside of pictures that a router could follow
    <g
      className="oak-map-mark"
      data-tone={status.tone}
      transform={`translate(${x} ${y})`}
      role="link"
      tabIndex={0}
      aria-label={`${cluster.cluster_name}: ${status.text}`}
      onClick={go}
      onKeyDown={(event) => event.key === 'Enter' && go()}
      style={{ cursor: 'pointer' }}
    >
      <circle r={7} />
      <text x={11} y={4}>
        {cluster.cluster_name}
      </text>
    </g>
  )
}

/** A node that says where it is. Its name is shown on demand: in one place there may be many. */
function NodeMark({ node, at: [x, y] }: { readonly node: Api.Node; readonly at: readonly [number, number] }) {
  const status = presenceText(node)
  return (
    <g className="oak-map-node" data-tone={status.tone} transform={`translate(${x} ${y})`}>
      <circle r={4} />
      <title>{`${node.name} of ${node.cluster_name}: ${status.text}`}</title>
    </g>
  )
}

function circleOf({ lat, lon, radiusM }: Area) {
  return geoCircle()
    .center([lon, lat])
    .radius((radiusM / EARTH_RADIUS_M) * (180 / Math.PI))()
}

function makeWorld() {
  const projection = geoNaturalEarth1().fitSize([WIDTH, HEIGHT], { type: 'Sphere' })
  const path = geoPath(projection)
  const shapes = world as unknown as Parameters<typeof feature>[0] & { readonly objects: { readonly land: Parameters<typeof feature>[1] } }
  return {
    path,
    land: path(feature(shapes, shapes.objects.land)) ?? '',
    lines: path(geoGraticule10()) ?? '',
    project: ({ lat, lon }: Pick<Area, 'lat' | 'lon'>): [number, number] => projection([lon, lat]) ?? [0, 0],
  }
}
