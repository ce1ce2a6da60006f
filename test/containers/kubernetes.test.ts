/** The manifests against Kubernetes' own schema, and against what the docs promise of them. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { load, loadAll } from 'js-yaml'
import { Deployment } from 'kubernetes-models/apps/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Secret, Service } from 'kubernetes-models/v1'
import ts from 'typescript'

import { readImage } from '../browser/support/dockerfile.js'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'example-app', 'deploy')

interface Manifest {
  readonly kind: string
}

const KINDS = {
  Deployment: { Model: Deployment, from: 'apps/v1' },
  Service: { Model: Service, from: 'v1' },
  PodDisruptionBudget: { Model: PodDisruptionBudget, from: 'policy/v1' },
  NetworkPolicy: { Model: NetworkPolicy, from: 'networking.k8s.io/v1' },
  Secret: { Model: Secret, from: 'v1' },
}

const kindOf = ({ kind }: Manifest) => KINDS[kind as keyof typeof KINDS]
const readAll = (name: string) => loadAll(readFileSync(join(folder, name), 'utf8')) as Manifest[]
const guide = readFileSync(join(root, 'docs/guides/kubernetes.md'), 'utf8')
const printed = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => load(text) as Manifest)
const manifests = [...readdirSync(folder).flatMap(readAll), ...printed]
const [deployment, service, budget, policy] = readAll('kubernetes.yaml') as [
  Deployment,
  Service,
  PodDisruptionBudget,
  NetworkPolicy,
]
const secret = load(readFileSync(join(folder, 'secret.example.yaml'), 'utf8')) as Secret

/** What the compiler says of manifests written as literals: it knows a misspelt member, which the schema lets pass. */
function complaintsAbout(written: readonly Manifest[]): string[] {
  const name = join(root, 'manifests.ts')
  const text = written
    .map((each) => {
      const type = `import('kubernetes-models/${kindOf(each).from}').I${each.kind}`
      return `;(${JSON.stringify(each)}) satisfies ${type}`
    })
    .join('\n')
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  }
  const host = ts.createCompilerHost(options)
  const getSourceFile = host.getSourceFile.bind(host)
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, text, rest[0]) : getSourceFile(file, ...rest)
  const program = ts.createProgram([name], options, host)
  const source = program.getSourceFile(name)
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '),
  )
}

describe('the manifests', () => {
  it.each(manifests.map((each) => [each.kind, each] as const))('%s is one by its schema', (_kind, manifest) => {
    const { Model } = kindOf(manifest)
    expect(() => {
      new Model(manifest as never).validate()
    }).not.toThrow()
  })

  it('have no member that Kubernetes does not know', () => {
    const misspelt = JSON.parse(JSON.stringify(deployment).replace('livenessProbe', 'livelinessProbe')) as Manifest
    expect(complaintsAbout([misspelt])).toEqual([expect.stringContaining('livelinessProbe')])
    expect(complaintsAbout(manifests)).toEqual([])
  })

  it('are printed in the guide too', () => {
    expect(printed.map(({ kind }) => kind)).toEqual(['Deployment'])
  })

  it('speak of the same instances', () => {
    const labels = deployment.spec?.template.metadata?.labels
    expect(deployment.spec?.selector.matchLabels).toEqual(labels)
    expect(service.spec?.selector).toEqual(labels)
    expect(budget.spec?.selector?.matchLabels).toEqual(labels)
    expect(policy.spec?.podSelector.matchLabels).toEqual(labels)
  })

  it('keep an instance in service through a roll-out and a drained node', () => {
    const { replicas = 0, strategy } = deployment.spec ?? {}
    expect(replicas).toBeGreaterThanOrEqual(2)
    expect(strategy?.rollingUpdate?.maxUnavailable).toBe(0)
    expect(budget.spec?.minAvailable).toBeLessThan(replicas)
  })

  it('leave time for preStop and for what auth.drain waits', () => {
    const { terminationGracePeriodSeconds = 0, containers = [] } = deployment.spec?.template.spec ?? {}
    const [, pause] = containers[0]?.lifecycle?.preStop?.exec?.command ?? []
    expect(terminationGracePeriodSeconds).toBeGreaterThan(Number(pause) + 8)
  })

  it('ask the process alone whether it lives, with what the image answers', () => {
    const [container] = deployment.spec?.template.spec?.containers ?? []
    expect(container?.livenessProbe?.httpGet?.path).toBe('/health/live')
    expect(container?.readinessProbe?.httpGet?.path).toBe('/health/ready')
    expect(readImage('application').env.PORT).toBe(String(container?.ports?.[0]?.containerPort))
  })

  it('run as no root, on a file system that nobody writes to', () => {
    const pod = deployment.spec?.template.spec
    expect(pod?.securityContext?.runAsNonRoot).toBe(true)
    expect(pod?.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  it('hold no secret, and name one that is never changed in place', () => {
    const [container] = deployment.spec?.template.spec?.containers ?? []
    expect(container?.envFrom?.[0]?.secretRef?.name).toBe(secret.metadata?.name)
    expect(secret.immutable).toBe(true)
    const inClear = (container?.env ?? []).map(({ name }) => name)
    expect(inClear.filter((name) => /SECRET|KEY|PASSWORD|REDIS/.test(name))).toEqual([])
  })
})
