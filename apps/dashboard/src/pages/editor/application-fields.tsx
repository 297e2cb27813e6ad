import { TextInput } from '@mantine/core'
import type { FormContext } from './fields.tsx'
import type { DescriptorDocument } from './model/descriptor-of.ts'
import { isDocument } from './model/documents.ts'

interface ApplicationFieldsProps {
  readonly document: DescriptorDocument
  readonly change: (document: DescriptorDocument) => void
  readonly context: FormContext
}

const MEMBERS = [
  { key: 'application_name', label: 'Application name', help: '1 to 30 letters and digits.', required: true },
  { key: 'application_namespace', label: 'Application namespace', help: '1 to 30 letters and digits.', required: true },
  { key: 'application_desc', label: 'Description', help: undefined, required: false },
] as const

/** The application around the services. */
export function ApplicationFields({ document, change, context }: ApplicationFieldsProps) {
  const { applications } = document
  const [first, ...rest]: readonly unknown[] = Array.isArray(applications) ? applications : []
  const application = isDocument(first) ? first : {}
  const set = (key: string, value: string) => change({ ...document, applications: [{ ...application, [key]: value }, ...rest] })
  return (
    <section className="oak-form-section">
      <h3>The application</h3>
      <div className="oak-fields">
        {MEMBERS.map(({ key, label, help, required }) => {
          const wrong = context.violations.find(({ path }) => path === `applications[0].${key}`)
          const value = application[key]
          return (
            <TextInput
              key={key}
              label={label}
              description={help}
              withAsterisk={required}
              value={typeof value === 'string' ? value : ''}
              onChange={(event) => set(key, event.currentTarget.value)}
              error={wrong && value !== '' ? `Expected ${wrong.expected}` : undefined}
            />
          )
        })}
      </div>
    </section>
  )
}
