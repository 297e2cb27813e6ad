import { DEFAULT_RULES, prometheusRuleFile } from '@oakestra/observability'
import { controlPlaneDashboard, LOKI, PROMETHEUS } from './grafana.ts'
import { logsDashboard } from './grafana-logs.ts'

export const FOLDER = 'deploy/observability'

const RENEW = '# Made by tools/generate-observability.ts from what the program itself uses.\n'

/** Every file below `deploy/observability` that follows from the code, by its path there. */
export function observabilityFiles(): Readonly<Record<string, string>> {
  return {
    'prometheus/oakestra.rules.yml': `${RENEW}${prometheusRuleFile(DEFAULT_RULES)}`,
    'grafana/dashboards/control-plane.json': json(controlPlaneDashboard()),
    'grafana/dashboards/logs.json': json(logsDashboard()),
    // Grafana reads YAML, of which JSON is a part.
    'grafana/provisioning/datasources/oakestra.yml': `${RENEW}${json(dataSources())}`,
  }
}

function dataSources(): object {
  const source = { access: 'proxy', editable: false }
  return {
    apiVersion: 1,
    datasources: [
      { name: 'Oakestra Prometheus', ...PROMETHEUS, ...source, url: 'http://127.0.0.1:9090', isDefault: true },
      { name: 'Oakestra Loki', ...LOKI, ...source, url: 'http://127.0.0.1:3100' },
    ],
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
