// Who they are: what each needs, how it is started, and how one signs in.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { debian, npm, pypi } from './support/had.mjs'

const here = import.meta.dirname

/** The usual journey: `/login`, and a text that says who is there. */
const usual = {
  callback: '/callback',
  logout: '/backchannel-logout',
  signIn: (browser, base) => browser.go(`${base}/login`),
  whoAmI: async (browser, base) => {
    const { status, text } = await browser.go(`${base}/me`)
    return status === 200 ? /^signed in: (.*)$/.exec(text)?.[1] : undefined
  },
}

function authlib(name, prepare) {
  return {
    ...usual,
    name,
    method: 'private_key_jwt',
    prepare,
    start: ({ had }) => [had, [join(here, 'authlib', 'app.py')]],
  }
}

/** Auth.js wants a POST with a token of its own against forgery. */
async function signInWithAuthJs(browser, base) {
  const { csrfToken } = JSON.parse((await browser.go(`${base}/auth/csrf`)).text)
  return browser.go(`${base}/auth/signin/cis2`, { csrfToken, callbackUrl: `${base}/me` })
}

const authJs = {
  ...usual,
  name: 'auth-js',
  callback: '/auth/callback/cis2',
  prepare: (folder) => {
    npm(folder, '@auth/express', 'express@4', 'jose')
    copyFileSync(join(here, 'auth-js', 'app.mjs'), join(folder, 'app.mjs'))
  },
  start: ({ folder }) => [process.execPath, [join(folder, 'app.mjs')]],
  signIn: signInWithAuthJs,
}

export const STRANGERS = [
  {
    ...usual,
    name: 'omniauth',
    method: 'private_key_jwt',
    callback: '/auth/cis2/callback',
    prepare: () => debian('ruby', 'ruby-omniauth-openid-connect', 'ruby-webrick'),
    start: () => ['ruby', [join(here, 'omniauth', 'app.rb')]],
    signIn: (browser, base) => browser.go(`${base}/auth/cis2`),
  },
  authlib('authlib', () => {
    debian('python3-authlib', 'python3-django', 'python3-requests')
    // Debian's own: another Python may stand in front of it.
    return '/usr/bin/python3'
  }),
  authlib('authlib-newest', (folder) => pypi(folder, 'authlib', 'django', 'requests')),
  {
    ...usual,
    name: 'mod-auth-openidc',
    method: 'client_secret_post',
    logout: '/callback?logout=backchannel',
    prepare: (folder) => {
      debian('apache2', 'libapache2-mod-auth-openidc')
      mkdirSync(join(folder, 'public'), { recursive: true })
      for (const name of ['login', 'me']) writeFileSync(join(folder, 'public', name), 'here\n')
      execFileSync('chmod', ['-R', 'a+rX', folder])
    },
    start: () => ['apache2', ['-f', join(here, 'mod-auth-openidc', 'httpd.conf'), '-DFOREGROUND']],
    whoAmI: async (browser, base) => {
      const { status, headers } = await browser.go(`${base}/me`)
      return status === 200 ? headers['x-sub'] : undefined
    },
  },
  {
    ...usual,
    name: 'go-oidc',
    method: 'client_secret_post',
    prepare: (folder) => {
      debian('golang-go', 'golang-github-coreos-go-oidc-dev')
      const env = {
        ...process.env,
        GO111MODULE: 'off',
        GOPATH: '/usr/share/gocode',
        GOFLAGS: '',
        GOCACHE: join(folder, 'cache'),
      }
      const program = join(folder, 'go-oidc')
      execFileSync('/usr/bin/go', ['build', '-o', program, join(here, 'go-oidc', 'main.go')], { env, stdio: 'inherit' })
      return program
    },
    start: ({ had }) => [had, []],
  },
  {
    ...usual,
    name: 'openid-client',
    method: 'private_key_jwt',
    prepare: () => {},
    start: () => [process.execPath, [join(here, 'openid-client', 'app.mjs')]],
  },
  { ...authJs, method: 'client_secret_post' },
  {
    ...authJs,
    name: 'auth-js-with-key',
    method: 'private_key_jwt',
    /** It puts a list into aud. CIS2 is not known to take one, and the simulator does not. */
    refused: /^aud is a list; CIS2 takes one text, /,
  },
]
