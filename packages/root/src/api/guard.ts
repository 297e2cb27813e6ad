import { OakError } from '@oakestra/base'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Actor } from '../accounts/actor.ts'
import type { RootApiDeps } from './deps.ts'
import { type Permission, requirePermission } from './permission.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission
  }
  interface FastifyRequest {
    /** Set by the guard on every route that is neither public nor for refresh tokens. */
    actor: Actor | undefined
  }
}

/**
 * Lets nobody in unasked: a route without a permission stops the start, a request without the right to its route is
 * refused before its body is read.
 */
export function addGuard(app: FastifyInstance, deps: { readonly accounts: Pick<RootApiDeps['accounts'], 'authenticate'> }): void {
  app.decorateRequest('actor', undefined)
  app.addHook('onRoute', (route) => {
    if (!route.config?.permission) throw new Error(`the route ${route.method} ${route.url} states no permission`)
  })
  app.addHook('onRequest', async (request) => {
    if (request.is404) return
    const permission = request.routeOptions.config.permission
    if (!permission) throw new OakError('forbidden', 'nobody may call this')
    if (permission.kind === 'public' || permission.kind === 'refresh-token') return
    const actor = await deps.accounts.authenticate(bearerOf(request))
    // Before the refusal, so that the audit log knows who was refused.
    request.actor = actor
    requirePermission(permission, actor, request.params as Readonly<Record<string, string>>)
  })
}

/** @throws OakError `unauthenticated` */
export function bearerOf(request: Pick<FastifyRequest, 'headers'>): string {
  const header = request.headers.authorization
  if (header === undefined) throw new OakError('unauthenticated', 'log in first: the Authorization header is missing')
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1]
  if (!token) throw new OakError('unauthenticated', 'the Authorization header must read: Bearer <token>')
  return token
}
