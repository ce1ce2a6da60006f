/** The first page: what an application needs to be told, and where everything is. */
import Mustache from 'mustache'

import type { SimulatorClient } from '../clients.js'
import type { Addresses } from '../world.js'
import { layout } from './layout.js'

const CONTENT = `<h1>CIS2 simulator</h1>
<p>It signs in anybody as anyone. Keep it on your own machine.</p>
<section class="card" aria-labelledby="tell">
<h2 id="tell">What to tell your application</h2>
<dl>
<dt>Issuer</dt><dd><code>{{issuer}}</code></dd>
<dt>Discovery</dt><dd><code>{{issuer}}/.well-known/openid-configuration</code></dd>
<dt>API platform</dt><dd><code>{{url}}/oauth2/token</code></dd>
{{#certificate}}<dt>Certificate</dt><dd><a href="/simulator/certificate.pem">certificate.pem</a>, for NODE_EXTRA_CA_CERTS</dd>{{/certificate}}
</dl>
</section>
<h2>Clients</h2>
{{#clients}}<section class="card" aria-labelledby="client-{{index}}">
<h3 id="client-{{index}}">{{clientId}}</h3>
<dl>
<dt>Method</dt><dd><code>{{tokenEndpointAuthMethod}}</code></dd>
{{#clientSecret}}<dt>Secret</dt><dd><code>{{clientSecret}}</code></dd>{{/clientSecret}}
{{#jwksUri}}<dt>Keys</dt><dd><code>{{jwksUri}}</code></dd>{{/jwksUri}}
<dt>Redirect URIs</dt><dd>{{#redirectUris}}<code>{{.}}</code><br>{{/redirectUris}}</dd>
<dt>UserInfo</dt><dd>{{userInfo}}{{^userInfo}}json{{/userInfo}}</dd>
<dt>Back-channel logout</dt><dd>{{#backChannelLogoutUri}}<code>{{backChannelLogoutUri}}</code>{{/backChannelLogoutUri}}{{^backChannelLogoutUri}}not told{{/backChannelLogoutUri}}</dd>
</dl>
</section>{{/clients}}
<h2>What you can do here</h2>
<ul>
<li><a href="/simulator/requests">Requests</a>: watch each sign-in, and learn why one was refused</li>
<li><a href="/simulator/users">Users</a>: choose who signs in</li>
<li><a href="/simulator/faults">Faults</a>: make CIS2 misbehave, and see your application refuse</li>
<li><a href="/simulator/sessions">Sessions and keys</a>: take a smartcard out, let a session end, rotate keys</li>
</ul>`

/** The whole page. */
export function overviewPage({ issuer, url, certificate }: Addresses, clients: readonly SimulatorClient[]): string {
  const view = { issuer, url, certificate, clients: clients.map((client, index) => ({ ...client, index })) }
  return layout({ title: 'Overview', content: Mustache.render(CONTENT, view), kind: 'simulator' })
}
