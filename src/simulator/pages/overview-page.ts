/** The first page: what an application needs to be told, and where everything is. */
import Mustache from 'mustache'

import { type SimulatorClient, startAddressOf } from '../clients.js'
import type { Addresses } from '../world.js'
import { layout } from './layout.js'

const CONTENT = `<h1>CIS2 simulator</h1>
<p>It signs in anybody as anyone. Keep it on your own machine.</p>
<section class="card" aria-labelledby="tell">
<h2 id="tell">What to tell your application</h2>
<dl>
<dt>Issuer</dt><dd><code>{{issuer}}</code></dd>
<dt>Discovery</dt><dd><code>{{issuer}}/.well-known/openid-configuration</code></dd>
<dt>Assertion's aud</dt><dd><code>{{issuer}}/access_token</code></dd>
<dt>API platform</dt><dd><code>{{url}}/oauth2/token</code></dd>
{{#certificate}}<dt>Certificate</dt><dd><a href="/simulator/certificate.pem">certificate.pem</a>, for NODE_EXTRA_CA_CERTS, SSL_CERT_FILE or a trust store</dd>{{/certificate}}
</dl>
</section>
<h2>Clients</h2>
{{#clients}}<article class="card" aria-labelledby="client-{{index}}">
<h3 id="client-{{index}}">{{clientId}}</h3>
<dl>
<dt>Method</dt><dd><code>{{tokenEndpointAuthMethod}}</code></dd>
{{#clientSecret}}<dt>Secret</dt><dd><code>{{clientSecret}}</code></dd>{{/clientSecret}}
{{#jwksUri}}<dt>Keys</dt><dd><code>{{jwksUri}}</code></dd>{{/jwksUri}}
<dt>Redirect URIs</dt><dd>{{#redirectUris}}<code>{{.}}</code><br>{{/redirectUris}}</dd>
<dt>UserInfo</dt><dd>{{userInfo}}{{^userInfo}}json{{/userInfo}}</dd>
<dt>Back-channel logout</dt><dd>{{#backChannelLogoutUri}}<code>{{backChannelLogoutUri}}</code>{{/backChannelLogoutUri}}{{^backChannelLogoutUri}}not told{{/backChannelLogoutUri}}</dd>
<dt>Sign in</dt><dd><a href="{{start}}">{{start}}</a></dd>
</dl>
<details id="snippet-of-{{index}}"><summary>For an Express application<span class="hidden">: {{clientId}}</span></summary>
<pre id="snippet-{{index}}">{{snippet}}</pre>
<button type="button" class="small secondary" data-copies="snippet-{{index}}" hidden>Copy<span class="hidden"> cis2Auth for {{clientId}}</span></button></details>
</article>{{/clients}}
<p><a href="/simulator/clients">Change these, or register another</a></p>
<h2>What you can do here</h2>
<ul>
<li><a href="/simulator/requests">Requests</a>: watch each sign-in, and learn why one was refused</li>
<li><a href="/simulator/users">Users</a>: choose who signs in, or open the application as somebody</li>
<li><a href="/simulator/faults">Faults</a>: make CIS2 misbehave, and see your application refuse</li>
<li><a href="/simulator/sessions">Sessions and keys</a>: take a smartcard out, let a session end, rotate keys</li>
</ul>`

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** The options that fit: to be pasted into an application. */
function snippetFor(client: SimulatorClient, issuer: string): string {
  const [redirectUri = ''] = client.redirectUris
  const { origin, pathname } = new URL(redirectUri)
  const { tokenEndpointAuthMethod: method, clientSecret = '' } = client
  const authentication =
    method === 'private_key_jwt'
      ? `{ method: '${method}', keys: [{ privateKey: process.env.CIS2_PRIVATE_KEY }] }`
      : `{ method: '${method}', clientSecret: ${quoted(clientSecret)} }`
  return [
    "import { cis2Auth } from 'express-cis2'",
    '',
    'app.use(',
    '  cis2Auth({',
    `    issuer: ${quoted(issuer)},`,
    `    clientId: ${quoted(client.clientId)},`,
    `    clientAuthentication: ${authentication},`,
    `    baseUrl: ${quoted(origin)},`,
    ...(pathname === '/callback' ? [] : [`    routes: { callback: ${quoted(pathname)} },`]),
    "    session: { secret: process.env.SESSION_SECRET, redis: 'memory' },",
    '  }),',
    ')',
  ].join('\n')
}

/** The whole page. */
export function overviewPage(
  { issuer, url, certificate }: Addresses,
  clients: readonly SimulatorClient[],
  faults: readonly string[],
): string {
  const shown = clients.map((client, index) => ({
    ...client,
    index,
    start: startAddressOf(client),
    snippet: snippetFor(client, issuer),
  }))
  const content = Mustache.render(CONTENT, { issuer, url, certificate, clients: shown })
  return layout({ title: 'Overview', content, kind: 'simulator', current: '/simulator', faults, script: true })
}
