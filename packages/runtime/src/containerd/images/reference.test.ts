import { describe, expect, test } from 'vitest'
import { parseImageReference } from './reference.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

describe('the name of an image', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['user/app', 'docker.io/user/app:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['docker://nginx', 'docker.io/library/nginx:latest'],
    ['ghcr.io/org/deep/app:v1', 'ghcr.io/org/deep/app:v1'],
    ['localhost/app', 'localhost/app:latest'],
    ['127.0.0.1:5000/app:1', '127.0.0.1:5000/app:1'],
    ['[::1]:5000/app:1', '[::1]:5000/app:1'],
    [`nginx@${DIGEST}`, `docker.io/library/nginx@${DIGEST}`],
    [`nginx:1.27@${DIGEST}`, `docker.io/library/nginx@${DIGEST}`],
  ])('%s means %s', (image, name) => {
    expect(parseImageReference(image)).toMatchObject({ kind: 'registry', name })
  })

  test.each([
    ['/srv/a.tar', 'file:///srv/a.tar'],
    ['file:///srv/a.tar', 'file:///srv/a.tar'],
    ['file:///srv/with%20blank.tar', 'file:///srv/with blank.tar'],
  ])('%s is a file', (image, name) => {
    expect(parseImageReference(image)).toMatchObject({ kind: 'archive', name, location: { path: name.slice('file://'.length) } })
  })

  test.each(['http://host/a.tar', 'https://host/a.tar.gz', 'https://host/x/a.oci?token=1'])('%s is to be downloaded', (image) => {
    expect(parseImageReference(image)).toMatchObject({ kind: 'archive', location: { url: new URL(image) } })
  })

  test.each([
    '',
    'Nginx',
    'nginx:',
    'nginx:-x',
    'nginx@sha256:abc',
    'a//b',
    '/srv/../etc/passwd.tar',
    'file:///srv/..%2fx.tar',
    'file:///srv/%zz.tar',
    'file:///srv/%00.tar',
    'https://host/page.html',
    'ftp://host/a.tar',
    'https://',
    'host:99999999/x',
    'x'.repeat(300),
  ])('%j is refused', (image) => {
    expect(() => parseImageReference(image)).toThrow(expect.objectContaining({ code: 'image-invalid' }))
  })
})
