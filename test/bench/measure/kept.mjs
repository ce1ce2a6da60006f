// What Redis takes for a session, by the number of its user's roles.
import { startRedis } from '../support/processes.mjs'
import { crowdSettings, usedMemory } from './crowd.mjs'

/** Roles of the user, and how many kilobytes of Redis a session of hers may take. */
const WANTED = [
  { roles: 3, most: 5.5 },
  { roles: 10, most: 9 },
]

export async function measureKept(bench, { sessions }) {
  const { openCrowd, ScriptedProvider } = await import(bench.built.crowd)
  const provider = await ScriptedProvider.start()
  const found = []
  try {
    for (const wanted of WANTED) {
      const bytes = await bytesOfEach(bench, { ...wanted, sessions, provider, openCrowd })
      console.error(`${wanted.roles} roles: ${bytes.toFixed(0)} bytes of Redis for a session`)
      found.push({ ...wanted, bytes })
    }
  } finally {
    await provider.stop()
  }
  return { sessions, found }
}

async function bytesOfEach(bench, { roles, sessions, provider, openCrowd }) {
  const redis = await startRedis()
  const crowd = openCrowd(crowdSettings(bench, { provider, redis, baseUrl: 'http://127.0.0.1:1', roles }))
  try {
    const before = await usedMemory(redis)
    await crowd.add(sessions)
    return ((await usedMemory(redis)) - before) / sessions
  } finally {
    await crowd.close()
    await redis.stop()
  }
}
