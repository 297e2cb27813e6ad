import type { Route } from '../route.ts'
import {
  changeResourceApplication,
  createResourceApplication,
  getResourceApplication,
  listResourceApplications,
  removeResourceApplication,
} from './applications.ts'
import { JOB_INSTANCES_NOT_HERE, putJobInstance, removeJobInstance } from './job-instances.ts'
import { getJob, getJobInstance, listJobs } from './read-jobs.ts'
import { changeResource, getResource, listResources, RESOURCES_NOT_HERE, removeResource } from './resources.ts'
import { changeJob, createJob, putJob, removeJob } from './write-jobs.ts'

/** Upstream's resource abstractor, as views of what root knows. `reference/orchestration.md` 8.1. */
export const RESOURCE_ROUTES: readonly Route[] = [
  listResources,
  ...RESOURCES_NOT_HERE,
  getResource,
  changeResource,
  removeResource,
  listResourceApplications,
  createResourceApplication,
  getResourceApplication,
  changeResourceApplication,
  removeResourceApplication,
  listJobs,
  createJob,
  putJob,
  getJob,
  changeJob,
  removeJob,
  getJobInstance,
  putJobInstance,
  removeJobInstance,
  ...JOB_INSTANCES_NOT_HERE,
]
