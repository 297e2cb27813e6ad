import { Accordion } from '@mantine/core'
import { Fields, type FormContext } from './fields.tsx'
import type { DescriptorDocument } from './model/descriptor-of.ts'
import type { Section } from './model/service-sections.ts'
import { SERVICE_SECTIONS } from './model/service-sections.ts'

interface ServiceFormProps {
  readonly value: DescriptorDocument
  readonly change: (value: DescriptorDocument) => void
  readonly path: string
  readonly context: FormContext
}

/** A service as a form: what most people look for first, the rest folded. */
export function ServiceForm(props: ServiceFormProps) {
  const open = SERVICE_SECTIONS.filter((section) => section.open)
  const folded = SERVICE_SECTIONS.filter((section) => !section.open)
  return (
    <div>
      {open.map((section) => (
        <section key={section.title} className="oak-form-section">
          <h3>{section.title}</h3>
          <Fields fields={section.fields} {...props} />
        </section>
      ))}
      <Accordion
        multiple
        defaultValue={folded.filter((section) => isUsed(section, props)).map(({ title }) => title)}
        variant="default"
        chevronPosition="left"
      >
        {folded.map((section) => (
          <Accordion.Item key={section.title} value={section.title}>
            <Accordion.Control>
              {section.title}
              {isUsed(section, props) ? <span className="oak-label oak-used">set</span> : null}
            </Accordion.Control>
            <Accordion.Panel>
              {section.help ? <p className="oak-sub">{section.help}</p> : null}
              <Fields fields={section.fields} {...props} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </div>
  )
}

function isUsed({ fields }: Section, { value, path, context }: ServiceFormProps): boolean {
  const prefix = path === '' ? '' : `${path}.`
  return fields.some(({ key }) => key in value || context.violations.some((each) => each.path.startsWith(`${prefix}${key}`)))
}
