import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { NewKeyFiles } from '../../../src/cli/keys.js'
import { runCommand } from '../../support/commands/command-line.js'

describe('express-cis2 keys new', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cis2-keys-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function newKey(...flags: string[]): Promise<NewKeyFiles> {
    const { exitCode, stdout } = await runCommand(['keys', 'new', '--out', folder, '--json', ...flags])
    expect(exitCode).toBe(0)
    return JSON.parse(stdout) as NewKeyFiles
  }

  async function readKeys({ privateKeyFile, jwksFile }: NewKeyFiles) {
    const jwks = JSON.parse(await readFile(jwksFile, 'utf8')) as { keys: [Record<string, string>] }
    return { pem: await readFile(privateKeyFile, 'utf8'), jwk: jwks.keys[0] }
  }

  it.each([
    { alg: 'RS512', digest: 'sha512', flags: ['--bits', '2048'] },
    { alg: 'ES256', digest: 'sha256', flags: ['--alg', 'ES256'] },
    { alg: 'ES512', digest: 'sha512', flags: ['--alg', 'ES512'] },
  ])('writes a private key that signs and a JWKS that verifies, for $alg', async ({ alg, digest, flags }) => {
    const files = await newKey(...flags)
    const { pem, jwk } = await readKeys(files)
    const data = Buffer.from('signing input')
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    const signature = sign(digest, data, createPrivateKey(pem))
    expect(verify(digest, data, createPublicKey({ key: jwk, format: 'jwk' }), signature)).toBe(true)
    expect(jwk).toMatchObject({ kid: files.kid, alg, use: 'sig' })
  })

  it('makes RSA keys of 4096 bits for RS512 unless told otherwise', async () => {
    const { pem } = await readKeys(await newKey())
    expect(createPrivateKey(pem).asymmetricKeyDetails?.modulusLength).toBe(4096)
  }, 60_000)

  it('lets only its owner read the private key', async () => {
    const files = await newKey('--alg', 'ES256')
    expect((await stat(files.privateKeyFile)).mode & 0o777).toBe(0o600)
  })

  it('publishes no private member', async () => {
    const { jwk } = await readKeys(await newKey('--bits', '2048'))
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
  })

  it('makes another key each time, and leaves the earlier ones alone', async () => {
    const first = await newKey('--alg', 'ES256')
    const before = await readFile(first.privateKeyFile, 'utf8')
    const second = await newKey('--alg', 'ES256')
    expect(second.kid).not.toBe(first.kid)
    expect(await readFile(first.privateKeyFile, 'utf8')).toBe(before)
    expect(await readdir(folder)).toHaveLength(4)
  })

  it('makes the folder when it does not exist, for its owner alone', async () => {
    const inside = join(folder, 'secrets', 'cis2')
    await runCommand(['keys', 'new', '--alg', 'ES256', '--out', inside])
    expect(await readdir(inside)).toHaveLength(2)
    expect((await stat(inside)).mode & 0o777).toBe(0o700)
  })

  it('prints the next steps, and never the private key', async () => {
    const { exitCode, stdout } = await runCommand(['keys', 'new', '--alg', 'ES256', '--out', folder])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Next:')
    expect(stdout).toContain("alg: 'ES256'")
    expect(stdout).not.toContain('BEGIN')
  })

  it('ends with one sentence and exit code 1 when it cannot write', async () => {
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    const { exitCode, stdout, stderr } = await runCommand(['keys', 'new', '--alg', 'ES256', '--out', file])
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/^error: Cannot write .*nothing is ever overwritten\.\n$/)
  })

  it.each([
    { flags: ['--bits', '1024'], what: 'a key that protects nothing' },
    { flags: ['--bits', '4096.5'], what: 'half a bit' },
    { flags: ['--bits', '99999'], what: 'a key that takes hours to make' },
    { flags: ['--alg', 'HS256'], what: 'an algorithm without a key pair' },
  ])('refuses $what with exit code 2', async ({ flags }) => {
    const { exitCode, stderr } = await runCommand(['keys', 'new', '--out', folder, ...flags])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(flags[0])
    expect(await readdir(folder)).toEqual([])
  })
})
