/**
 * A web application firewall in front of a server: Apache with ModSecurity and the OWASP Core Rule Set, as Debian packs
 * them, at paranoia level 2, with what `docs/deployment.md` tells to exclude.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { until } from '../redis/redis-server.js'

const MODULES = '/usr/lib/apache2/modules'
/** Another release of the rules, to try them as well. */
const RULES = process.env.CIS2_CORE_RULE_SET ?? '/usr/share/modsecurity-crs/rules'
/** The page of a blocked request; nobody else's begins so. */
const BLOCKED = 'blocked by the firewall'

export interface Firewall {
  /** Public address, by name: the rules object to an address in figures. */
  readonly url: string
  /** The rules that found something, by their number, and where. */
  matches(): readonly string[]
  isBlocked(answer: { readonly status: number; readonly body: string }): boolean
  stop(): Promise<void>
}

/** @param settings - `port` is the public one; `target` is listened on; without `exclusions` the rules are as they come. */
export async function startFirewall(settings: {
  readonly port: number
  readonly target: string
  readonly exclusions: boolean
}): Promise<Firewall> {
  const folder = mkdtempSync(join(tmpdir(), 'cis2-firewall-'))
  mkdirSync(join(folder, 'data'), { mode: 0o777 })
  const log = join(folder, 'error.log')
  const file = join(folder, 'httpd.conf')
  writeFileSync(file, configuration(folder, settings))
  const apache = spawn(String(process.env.CIS2_APACHE), ['-DFOREGROUND', '-d', folder, '-f', file], {
    stdio: 'ignore',
    env: { ...process.env, LANG: 'C' },
  })
  const url = `http://localhost:${settings.port}`
  await until(() => existsSync(join(folder, 'httpd.pid')) || apache.exitCode !== null, 'Apache starts', 30_000)
  if (apache.exitCode !== null) throw new Error(`Apache did not start: ${readFileSync(log, 'utf8')}`)
  return {
    url,
    matches: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('ModSecurity: Warning'))
        .map(short),
    isBlocked: ({ status, body }) => status === 403 && body.startsWith(BLOCKED),
    async stop() {
      await ended(apache)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function short(line: string): string {
  const [, id = ''] = /\[id "(\d+)"\]/.exec(line) ?? []
  const [, data = ''] = /\[data "([^"]*)"\]/.exec(line) ?? []
  const [, uri = ''] = /\[uri "([^"]*)"\]/.exec(line) ?? []
  return `${id} at ${uri}: ${data}`
}

function ended(apache: ChildProcess): Promise<void> {
  return new Promise((resolveEnd) => {
    apache.once('exit', () => {
      resolveEnd()
    })
    apache.kill('SIGTERM')
  })
}

function configuration(folder: string, { port, target, exclusions }: Parameters<typeof startFirewall>[0]): string {
  const modules = ['mpm_event', 'authz_core', 'unique_id', 'proxy', 'proxy_http', 'security2']
  return `
ServerName localhost
Listen ${port}
PidFile ${folder}/httpd.pid
ErrorLog ${folder}/error.log
LogLevel warn
${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
User www-data
Group www-data
DocumentRoot ${folder}/data
ThreadsPerChild 16
MaxRequestWorkers 16
ServerLimit 1
ErrorDocument 403 "${BLOCKED}
ProxyPreserveHost On
ProxyPass / ${target}/
SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess Off
SecAuditEngine Off
SecDataDir ${folder}/data
SecTmpDir ${folder}/data
SecDefaultAction "phase:1,log,pass"
SecDefaultAction "phase:2,log,pass"
SecAction "id:900000,phase:1,nolog,pass,t:none,setvar:tx.paranoia_level=2,setvar:tx.blocking_paranoia_level=2"
SecAction "id:900990,phase:1,nolog,pass,t:none,setvar:tx.crs_setup_version=334"
${exclusions ? documentedExclusions() : ''}
Include ${RULES}/*.conf
`
}

/** What the page tells to put before the rules, as it stands there. */
function documentedExclusions(): string {
  const page = readFileSync(resolve(__dirname, '../../../docs/deployment.md'), 'utf8')
  const [, rules] = /```apache\n([\s\S]*?)```/.exec(page) ?? []
  if (rules === undefined) throw new Error('docs/deployment.md tells no rules to exclude.')
  return rules
}
