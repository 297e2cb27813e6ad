import type { Api } from '@oakestra/api-client'
import { useMemo } from 'react'
import JsonEditor from './json-editor.tsx'
import './editor.css'
import { descriptorOf } from './model/descriptor-of.ts'
import { textOf } from './model/documents.ts'

/** What a service was asked to be, to be read. */
export default function DescriptorView({ service }: { readonly service: Api.Service }) {
  const text = useMemo(() => textOf(descriptorOf(service)), [service])
  return <JsonEditor label={`The descriptor of ${service.microservice_name}`} text={text} />
}
