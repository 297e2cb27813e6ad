import type { Paint } from './output.ts'

/** Green for what does its work, yellow for what is on its way, red for what a person should look at. */
export function paintStatus(paint: Paint, status: string): (text: string) => string {
  if (status === 'RUNNING' || status === 'COMPLETED') return paint.green
  if (['REQUESTED', 'CLUSTER_SCHEDULED', 'NODE_SCHEDULED', 'CREATING', 'CREATED'].includes(status)) return paint.yellow
  return status === '-' || status === '' || status === 'UNDEPLOYED' ? paint.dim : paint.red
}
