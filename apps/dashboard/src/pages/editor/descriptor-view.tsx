export default function DescriptorView(_: { readonly service: unknown }) {
  return null
}
