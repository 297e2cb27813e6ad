import { mkdir } from 'node:fs/promises'
import { Disposal, type Logger, randomIds, realClock, realRandom } from '@oakestra/base'
import { createKernelNetwork } from '@oakestra/net'
import { createNode, NODE_COLLECTIONS, type Node, nodeTag, primaryAddress, thisMachine } from '@oakestra/node'
import { createContainerdRuntime, createLogKeeper, ensureContainerd, joinRuntimes } from '@oakestra/runtime'
import { openSqliteStore } from '@oakestra/store'
import type { OakConfig } from '../config.ts'
import { VERSION } from '../version.ts'
import { serveDebug } from './debug-socket.ts'
import { guestRuntimes } from './guests.ts'
import { ensureMembership } from './membership.ts'
import { nodePlaces } from './node-places.ts'
import { overlayMeans } from './overlay-means.ts'
import { type ParentHere, render } from './role-cluster.ts'
import { places as statePlaces } from './state-file.ts'

/** A node while it runs in this process. */
export interface NodeRole extends AsyncDisposable {
  readonly node: Node
}

/** Starts a node out of its part of the data directory. @param parent set when the cluster runs in this process */
export async function startNodeRole(config: OakConfig, logger: Logger, signal: AbortSignal, parent?: ParentHere): Promise<NodeRole> {
  await using stack = new Disposal()
  const places = nodePlaces(config)
  await mkdir(places.dir, { recursive: true, mode: 0o711 })
  const clock = realClock
  const machine = thisMachine(places.dir)
  const name = config.node.name ?? machine.hostname
  const { joinToken, containerdSocket, address = primaryAddress() } = config.node
  const joining = ensureMembership({
    kind: 'node',
    name,
    dir: places.identity,
    joinToken: parent?.token ?? (joinToken === undefined ? undefined : async () => joinToken),
    parent: parent?.address ?? render(config.node.parent),
    signal,
    logger,
  })
  // A stranger may be turned away, and must not leave a containerd behind then.
  if (!parent) await joining
  const [daemon, { identity, transport, renewable, acceptParent }] = await Promise.all([
    ensureContainerd({ dataDir: places.containerd, clock, logger, ...(containerdSocket && { socketPath: containerdSocket }) }),
    joining,
  ])
  const { namespace } = places
  const store = stack.use(await openSqliteStore({ file: places.store, collections: NODE_COLLECTIONS, logger }))
  await acceptParent(store)
  const logs = stack.use(await createLogKeeper({ dir: places.logs, clock, logger }))
  const containers = stack.use(
    await createContainerdRuntime({
      socketPath: daemon.socketPath,
      namespace,
      clock,
      random: realRandom,
      ids: randomIds,
      logger,
    }),
  )
  const guests = await guestRuntimes(config, machine, containers.rootFileSystems, logger)
  const runtime = joinRuntimes(containers, ...guests.map((each) => stack.use(each)))
  const tag = nodeTag(identity.id)
  const network = stack.use(createKernelNetwork({ tag, logger, clock }))
  const overlay = overlayMeans(config, tag, logger)
  const { labels, location, addons, csiDrivers } = config.node
  const carried = { labels, addons, csiDrivers, ...(location && { location }) }
  const agent = { id: identity.id, name, address, dataDir: places.dir, version: VERSION, ...carried }
  const node = stack.use(
    await createNode({
      ...agent,
      store,
      transport,
      renewable,
      runtime,
      logs,
      network,
      overlay,
      machine,
      clock,
      random: realRandom,
      logger,
    }),
  )
  stack.use(await serveDebug(statePlaces.debug(config.dataDir), (asked) => node.explain(asked), logger))
  const owned = stack.move()
  return { node, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() }
}
