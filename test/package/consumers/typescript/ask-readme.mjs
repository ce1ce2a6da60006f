// Preloaded before the compiled README example: a free port instead of 3000, and no way to the internet.
import { Server } from 'node:net'

globalThis.fetch = () => Promise.reject(new TypeError('there is no network here'))

const { listen } = Server.prototype
Server.prototype.listen = function listenAnywhere(port) {
  console.log(`the example listens on ${port}`)
  return listen.call(this, 0, '127.0.0.1', () => {
    ask(this.address().port).then(
      () => process.exit(0),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}

const { request } = await import('node:http')

async function ask(port) {
  for (const [method, path] of [
    ['GET', '/patients'],
    ['POST', '/prescriptions'],
    ['GET', '/login'],
  ]) {
    console.log(method, path, await statusAndCode(port, method, path))
  }
}

function statusAndCode(port, method, path) {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json' }
    const asked = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => (text += chunk))
      answer.on('end', () => resolve(`${answer.statusCode} ${JSON.parse(text).code}`))
    })
    asked.on('error', reject)
    asked.end()
  })
}
