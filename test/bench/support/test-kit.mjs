// node test-kit.mjs FOLDER: how long the test kit that was built there takes to sign somebody in, first and after; as JSON.
import { performance } from 'node:perf_hooks'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import express from 'express'
import request from 'supertest'

import { median } from './statistics.mjs'

const CALLS = 100
const folder = process.argv[2] ?? '.'
const load = (name) => import(pathToFileURL(resolve(folder, name)).href)

async function milliseconds(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const { cis2Auth } = await load('index.js')
const { startTestCis2 } = await load('testing.js')

let cis2
const started = await milliseconds(async () => {
  cis2 = await startTestCis2()
})
const app = express().use(cis2Auth(cis2.options()))
const signIn = () => milliseconds(() => cis2.signInAs(request.agent(app), 'Ngozi Okafor'))

const first = await signIn()
const after = []
for (let call = 0; call < CALLS; call += 1) after.push(await signIn())
await cis2.stop()
// With the start: what a test file waits for before its first test is under way.
console.log(JSON.stringify({ started, first: started + first, later: median(after) }))
