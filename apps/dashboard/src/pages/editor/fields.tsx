import { ActionIcon, Autocomplete, Button, Fieldset, NumberInput, Select, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import type { Violation } from '@oakestra/sla'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import type { DescriptorDocument } from './model/descriptor-of.ts'
import { isDocument, withMember } from './model/documents.ts'
import { fieldHelp, fieldLabel } from './model/field-words.ts'
import type { Field } from './model/form-fields.ts'
import { CONSTRAINT_MEMBERS } from './model/service-sections.ts'

/** What all fields of a form share. */
export interface FormContext {
  readonly violations: readonly Violation[]
  /** Members that cannot be changed any more, by path. */
  readonly locked: ReadonlySet<string>
}

interface FieldsProps {
  readonly fields: readonly Field[]
  readonly value: DescriptorDocument
  readonly change: (value: DescriptorDocument) => void
  /** Where the value stands in the document. */
  readonly path: string
  readonly context: FormContext
}

export function Fields({ fields, value, change, path, context }: FieldsProps) {
  return (
    <div className="oak-fields">
      {fields.map((field) => (
        <OneField
          key={field.key}
          field={field}
          value={value[field.key]}
          change={(next) => change(withMember(value, field.key, next))}
          path={path === '' ? field.key : `${path}.${field.key}`}
          context={context}
        />
      ))}
    </div>
  )
}

interface OneFieldProps {
  readonly field: Field
  readonly value: unknown
  readonly change: (value: unknown) => void
  readonly path: string
  readonly context: FormContext
}

function OneField(props: OneFieldProps) {
  const { field, value, change, path, context } = props
  const { error, ...common } = commonOf(props)
  switch (field.kind) {
    case 'text':
      if (field.key === 'virtualization')
        return <Autocomplete {...common} error={error} data={['container', 'unikernel']} value={textOf(value)} onChange={change} />
      if (field.key === 'type')
        return (
          <Select
            {...common}
            error={error}
            data={Object.keys(CONSTRAINT_MEMBERS)}
            value={textOf(value) || null}
            onChange={change}
            searchable
          />
        )
      return <TextInput {...common} error={error} value={textOf(value)} onChange={(event) => change(event.currentTarget.value)} />
    case 'number':
      return (
        <NumberInput
          {...common}
          error={error}
          value={typeof value === 'number' ? value : ''}
          onChange={(next) => change(next === '' ? undefined : Number(next))}
          allowDecimal={!field.whole}
          {...(field.min === undefined ? {} : { min: field.min })}
        />
      )
    case 'flag':
      return (
        <div style={{ alignSelf: 'center' }}>
          <Switch
            label={common.label}
            description={common.description}
            checked={value === true}
            disabled={common.disabled}
            error={error}
            onChange={(event) => change(event.currentTarget.checked)}
          />
        </div>
      )
    case 'choice':
      return (
        <Select
          {...common}
          error={error}
          data={[...field.options]}
          value={textOf(value) || null}
          onChange={change}
          clearable
          placeholder="Default"
        />
      )
    case 'texts':
      return <TextLines {...common} error={error} value={value} change={change} />
    case 'group':
      return (
        <Fieldset legend={common.label} className="oak-wide">
          {common.description ? <p className="oak-sub">{common.description}</p> : null}
          {error ? <p className="oak-field-error">{error}</p> : null}
          <Fields fields={field.fields} value={isDocument(value) ? value : {}} change={change} path={path} context={context} />
        </Fieldset>
      )
    case 'groups':
      return <Groups {...props} fields={field.fields} />
    case 'json':
      return <JsonField {...common} error={error} value={value} change={change} />
  }
}

function commonOf({ field, path, context }: OneFieldProps) {
  const deep = field.kind === 'texts' || field.kind === 'json'
  const own = context.violations.filter((each) => each.path === path || (deep && each.path.startsWith(`${path}[`)))
  const description = fieldHelp(field.key, field.help)
  return {
    label: fieldLabel(field.key),
    description,
    required: field.required,
    withAsterisk: field.required,
    disabled: context.locked.has(field.key),
    error:
      own.length > 0
        ? own.map(({ expected, found }) => `Expected ${expected}${found === '' ? '' : `, found ${found}`}`).join('. ')
        : undefined,
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

interface LinesProps {
  readonly label: string
  readonly description: string | undefined
  readonly disabled: boolean
  readonly error: string | undefined
  readonly value: unknown
  readonly change: (value: unknown) => void
}

/** One text per line. Empty lines stay while somebody types, and are left out at the end. */
function TextLines({ label, description, disabled, error, value, change }: LinesProps) {
  const lines = Array.isArray(value) ? value.map(textOf) : []
  const set = (text: string) => change(text === '' ? undefined : text.split('\n'))
  const tidy = () => change(lines.filter((line) => line !== ''))
  return (
    <Textarea
      className="oak-wide"
      label={label}
      description={description}
      disabled={disabled}
      error={error}
      value={lines.join('\n')}
      onChange={(event) => set(event.currentTarget.value)}
      onBlur={tidy}
      autosize
      minRows={1}
      maxRows={10}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8125rem' } }}
    />
  )
}

function Groups({ field, fields, value, change, path, context }: OneFieldProps & { readonly fields: readonly Field[] }) {
  const items = Array.isArray(value) ? value : []
  const set = (index: number, next: unknown) => change(items.map((item: unknown, other) => (other === index ? next : item)))
  const label = fieldLabel(field.key)
  return (
    <div className="oak-wide">
      <div className="oak-field-label">{label}</div>
      <Stack gap="sm">
        {items.map((item: unknown, index) => (
          // They have no names of their own, and are only ever added at the end.
          // oxlint-disable-next-line react/no-array-index-key
          <Fieldset key={index} legend={`${label} ${index + 1}`}>
            <ActionIcon
              className="oak-field-remove"
              onClick={() => change(items.filter((_, other) => other !== index))}
              aria-label={`Remove ${label} ${index + 1}`}
            >
              <IconTrash size={16} />
            </ActionIcon>
            <Fields
              fields={membersOf(fields, item)}
              value={isDocument(item) ? item : {}}
              change={(next) => set(index, next)}
              path={`${path}[${index}]`}
              context={context}
            />
          </Fieldset>
        ))}
        <div>
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => change([...items, {}])}>
            Add
          </Button>
        </div>
      </Stack>
    </div>
  )
}

/** Of a constraint only what its type reads. */
function membersOf(fields: readonly Field[], item: unknown): readonly Field[] {
  const type = isDocument(item) ? item['type'] : undefined
  const members = typeof type === 'string' ? CONSTRAINT_MEMBERS[type] : undefined
  const isConstraint = fields.some(({ key }) => key === 'rigidness')
  if (!isConstraint) return fields
  return fields.filter(({ key }) => key === 'type' || members?.includes(key))
}

function JsonField({ label, description, disabled, error, value, change }: LinesProps) {
  return (
    <Textarea
      className="oak-wide"
      label={`${label} (as JSON)`}
      description={description}
      disabled={disabled}
      error={error}
      key={JSON.stringify(value)}
      defaultValue={value === undefined ? '' : JSON.stringify(value)}
      onBlur={(event) => {
        try {
          change(event.currentTarget.value === '' ? undefined : JSON.parse(event.currentTarget.value))
        } catch {
          event.currentTarget.focus()
        }
      }}
      autosize
    />
  )
}
