import { createApplication } from './applications/create-application.ts'
import { deleteApplication } from './applications/delete-application.ts'
import { getApplication } from './applications/get-application.ts'
import { listApplications } from './applications/list-applications.ts'
import { listUserApplications } from './applications/list-user-applications.ts'
import { updateApplication } from './applications/update-application.ts'
import { listAudit } from './audit/list-audit.ts'
import { login } from './auth/login.ts'
import { refresh } from './auth/refresh.ts'
import { register } from './auth/register.ts'
import { changeCluster } from './clusters/change-cluster.ts'
import { createClusterToken } from './clusters/create-cluster-token.ts'
import { createNodeToken } from './clusters/create-node-token.ts'
import { getCluster } from './clusters/get-cluster.ts'
import { listActiveClusters, listClusters } from './clusters/list-clusters.ts'
import { removeCluster } from './clusters/remove-cluster.ts'
import {
  changeCustomObject,
  createCustomObject,
  getCustomObject,
  listCustomObjects,
  removeCustomObject,
  replaceCustomObject,
} from './custom-resources/objects.ts'
import { defineCustomType, listCustomTypes, removeCustomType } from './custom-resources/types.ts'
import { listEvents } from './events/list-events.ts'
import { streamEvents } from './events/stream-events.ts'
import { getUpload, listUploads, uploadFile, uploadFileOfDashboard } from './frontend/upload-file.ts'
import { listHookDeliveries, retryHookDeliveries, retryHookDelivery } from './hooks/deliveries.ts'
import { changeHook, createHook, getHook, listHooks, removeHook } from './hooks/hooks.ts'
import { changeNode } from './nodes/change-node.ts'
import { listNodes } from './nodes/list-nodes.ts'
import { removeNode } from './nodes/remove-node.ts'
import { createOrganization } from './organizations/create-organization.ts'
import { deleteOrganization } from './organizations/delete-organization.ts'
import { getOrganization, listOrganizations } from './organizations/list-organizations.ts'
import { updateOrganization } from './organizations/update-organization.ts'
import { getAvailableAddress, getAvailableAddresses } from './pubnet/get-available-addresses.ts'
import { getNetInfoByAddress, getNetInfoByName } from './pubnet/get-net-info.ts'
import { RESOURCE_ROUTES } from './resources/routes.ts'
import type { Route } from './route.ts'
import { createServices } from './services/create-services.ts'
import { deleteService } from './services/delete-service.ts'
import { deployInstance } from './services/deploy-instance.ts'
import { getInstance } from './services/get-instance.ts'
import { getService } from './services/get-service.ts'
import { listApplicationServices } from './services/list-application-services.ts'
import { listRevisions } from './services/list-revisions.ts'
import { listServices } from './services/list-services.ts'
import { moveInstance } from './services/move-instance.ts'
import { replaceService } from './services/replace-service.ts'
import { restartInstance } from './services/restart-instance.ts'
import { rollBackService } from './services/roll-back-service.ts'
import { setGateway } from './services/set-gateway.ts'
import { setReplicas } from './services/set-replicas.ts'
import { streamLogs } from './services/stream-logs.ts'
import { undeployInstance } from './services/undeploy-instance.ts'
import { changeSettings, changeSettingsOfDashboard } from './settings/change-settings.ts'
import { getSettings } from './settings/get-settings.ts'
import { getStatus } from './status/get-status.ts'
import { adoptUnclaimed } from './unclaimed/adopt-unclaimed.ts'
import { dropUnclaimed } from './unclaimed/drop-unclaimed.ts'
import { listUnclaimed } from './unclaimed/list-unclaimed.ts'
import { changePassword } from './users/change-password.ts'
import { deleteUser } from './users/delete-user.ts'
import { getPermission } from './users/get-permission.ts'
import { getUser } from './users/get-user.ts'
import { listOrganizationUsers, listUsers } from './users/list-users.ts'
import { requestPasswordReset, resetPassword } from './users/reset-password.ts'
import { updateUser } from './users/update-user.ts'

/** Every operation of root's API, in the order of its document. */
export const ROUTES: readonly Route[] = [
  login,
  refresh,
  register,
  requestPasswordReset,
  resetPassword,
  listUsers,
  listOrganizationUsers,
  getUser,
  changePassword,
  updateUser,
  deleteUser,
  getPermission,
  listOrganizations,
  createOrganization,
  getOrganization,
  updateOrganization,
  deleteOrganization,
  createApplication,
  listApplications,
  listUserApplications,
  getApplication,
  updateApplication,
  deleteApplication,
  createServices,
  listServices,
  listApplicationServices,
  getService,
  replaceService,
  rollBackService,
  setReplicas,
  setGateway,
  listRevisions,
  deleteService,
  deployInstance,
  getInstance,
  undeployInstance,
  moveInstance,
  restartInstance,
  streamLogs,
  listClusters,
  listActiveClusters,
  getCluster,
  changeCluster,
  removeCluster,
  createClusterToken,
  createNodeToken,
  listNodes,
  changeNode,
  removeNode,
  listUnclaimed,
  adoptUnclaimed,
  dropUnclaimed,
  getNetInfoByName,
  getNetInfoByAddress,
  getAvailableAddress,
  getAvailableAddresses,
  listEvents,
  streamEvents,
  listAudit,
  getSettings,
  changeSettings,
  changeSettingsOfDashboard,
  ...RESOURCE_ROUTES,
  listHooks,
  createHook,
  getHook,
  changeHook,
  removeHook,
  listHookDeliveries,
  retryHookDelivery,
  retryHookDeliveries,
  listCustomTypes,
  defineCustomType,
  removeCustomType,
  listCustomObjects,
  createCustomObject,
  getCustomObject,
  changeCustomObject,
  replaceCustomObject,
  removeCustomObject,
  uploadFile,
  uploadFileOfDashboard,
  listUploads,
  getUpload,
  getStatus,
]
